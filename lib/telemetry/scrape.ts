import { createHash, timingSafeEqual } from 'node:crypto'
import { env } from '@/lib/env'
import { LongwatchError, notFound } from '@/lib/errors'
import { metricsRegistry } from '@/lib/telemetry/metrics'

/** The metrics as Prometheus text. Throws `not_found` without `METRICS_TOKEN`, `unauthenticated` without it as bearer. */
export async function scrape(headers: Headers): Promise<Response> {
  const { metricsToken } = env()
  if (!metricsToken) throw notFound('page')
  const given = /^Bearer\s+(\S+)\s*$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''
  if (!timingSafeEqual(digest(given), digest(metricsToken)))
    throw new LongwatchError('unauthenticated', 'This needs METRICS_TOKEN as bearer token.')
  const registry = metricsRegistry()
  return new Response(await registry.metrics(), {
    headers: { 'content-type': registry.contentType, 'cache-control': 'no-store' },
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
