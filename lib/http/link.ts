import { withBasePath } from '@/lib/base-path'
import { env } from '@/lib/env'

/** A whole address of a page of this site, to be handed over: as configured, else as the caller reached it. `path` is one within the application. */
export function linkTo(request: Pick<Request, 'headers' | 'url'>, path: string): string {
  const { baseUrl } = env()
  if (baseUrl) return new URL(withBasePath(path), baseUrl).href
  const forwarded = request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim()
  const url = new URL(request.url)
  const protocol = forwarded === 'https' || forwarded === 'http' ? forwarded : url.protocol.slice(0, -1)
  return new URL(
    withBasePath(path),
    `${protocol}://${request.headers.get('x-forwarded-host')?.split(',')[0]?.trim() || request.headers.get('host') || url.host}`,
  ).href
}
