import { forbidden } from '@/lib/errors'

/**
 * Refuses a call that a foreign page made with the visitor's cookie. A browser sends `Origin` with every call that
 * changes state, and no page can set it, nor `Host` or `X-Forwarded-Host` without asking first. Throws `forbidden`.
 */
export function requireOwnOrigin(headers: Headers, baseUrl: string | null): void {
  const origin = headers.get('origin')
  const host = origin && hostOf(origin)
  if (!host || !ownHosts(headers, baseUrl).includes(host))
    throw forbidden('This call must come from a page of this site.')
}

function ownHosts(headers: Headers, baseUrl: string | null): string[] {
  const forwarded = headers.get('x-forwarded-host')?.split(',')[0]?.trim()
  return [headers.get('host'), forwarded, baseUrl && new URL(baseUrl).host]
    .filter((host) => host != null)
    .map((host) => hostOf(`http://${host}`))
    .filter((host) => host !== null)
}

/** Host and port of an http address, the default port left out; null when it is none. */
function hostOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return /^https?:$/.test(url.protocol) ? url.host.replace(/:(?:80|443)$/, '') : null
}
