import { batchOf, incidentOf, intensityAt, restartingAt, type World } from './incident.ts'
import { metricAt, poolMaxAt } from './metrics.ts'
import { pick, random } from './random.ts'
import { PROFILES, SERVICE_NAMES, type ServiceName } from './topology.ts'
import { traceIdsOf } from './traces.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogLine {
  time: number
  service: ServiceName
  level: LogLevel
  message: string
  pod: string
  traceId?: string
}

const ROUTINE: Record<ServiceName, [string, ...string[]]> = {
  storefront: ['GET / 200', 'GET /product 200', 'POST /basket 201', 'session renewed'],
  checkout: ['order accepted', 'stock reserved for order', 'basket priced', 'order written to orders-db'],
  payments: [
    'charge settled',
    'card authorised by gateway',
    'ledger entry written',
    'webhook from gateway acknowledged',
  ],
  inventory: ['stock reserved', 'stock level read from cache', 'reservation released', 'warehouse feed applied'],
  catalogue: ['search answered', 'product page data read', 'price list refreshed', 'suggestions answered'],
}

/** The lines of one service in the minute that starts at `minute`, oldest first. */
function linesOfMinute(world: World, service: ServiceName, minute: number): LogLine[] {
  const lines: LogLine[] = []
  const profile = PROFILES[service]
  const key = `${world.seed}/log/${service}/${minute}`
  const add = (second: number, level: LogLevel, message: string, traceId?: string) =>
    lines.push({
      time: minute + Math.floor(second),
      service,
      level,
      message,
      pod: pick(profile.pods, `${key}/pod/${lines.length}`),
      ...(traceId ? { traceId } : {}),
    })
  const traceIds = traceIdsOf(world, minute)

  if (!restartingAt(world, service, minute)) {
    const count = 2 + Math.floor(random(`${key}/count`) * 3)
    for (let index = 0; index < count; index++) {
      add(random(`${key}/second/${index}`) * 60, 'info', pick(ROUTINE[service], `${key}/routine/${index}`))
    }
    if (random(`${key}/debug`) < 0.25) add(31, 'debug', 'metrics flushed to collector')
  }
  for (const restart of world.restarts) {
    if (restart.service !== service || Math.floor(restart.at / 60) * 60 !== minute) continue
    add(restart.at - minute, 'warn', `received SIGTERM, draining requests (restart asked for by ${restart.by})`)
    if (profile.database) add(59, 'info', configurationLine(world, service, minute))
  }
  addIncident(world, service, minute, add, traceIds)
  addRedHerrings(world, service, minute, add)
  return lines.sort((one, other) => one.time - other.time)
}

const configurationLine = (world: World, service: ServiceName, time: number) =>
  `configuration loaded: db.host=${PROFILES[service].database} db.pool.max=${poolMaxAt(world, service, time)} ` +
  'db.pool.acquireTimeout=3000ms http.threads=64'

type Add = (second: number, level: LogLevel, message: string, traceId?: string) => void

function addIncident(world: World, service: ServiceName, minute: number, add: Add, traceIds: string[]): void {
  const incident = incidentOf(world)
  const firstStart = world.anchor - 350 * 60
  if (service === incident.service) {
    if (minute === firstStart) {
      add(4, 'info', `starting payments ${incident.previousVersion} after node maintenance`)
      add(6, 'info', configurationLine(world, service, minute))
    }
    if (minute === incident.deployedAt) {
      add(4, 'info', `starting payments ${incident.version}`)
      add(6, 'info', configurationLine(world, service, minute))
    }
  }
  const intensity = intensityAt(world, minute)
  if (intensity <= 0 || restartingAt(world, service, minute)) return
  const waiting = metricAt(world, 'db_pool_waiting', 'payments', minute) ?? 0
  const inUse = metricAt(world, 'db_pool_in_use', 'payments', minute) ?? 0
  const failures = Math.round(intensity * 5)
  for (let index = 0; index < failures; index++) {
    const traceId = traceIds[index % Math.max(1, traceIds.length)]
    const second = 3 + index * 11
    if (service === 'payments') {
      const message = `charge failed: timed out after 3000 ms waiting for a connection from pool payments-db (in use ${inUse} of ${incident.after}, waiting ${waiting + index})`
      add(second, 'error', message, traceId)
    } else if (service === 'checkout' && index < 4) {
      add(second + 1, 'error', 'order not placed: payments answered 503 to Charge after 2 attempts', traceId)
    } else if (service === 'storefront' && index < 1) {
      add(second + 2, 'warn', 'POST /checkout took longer than 3000 ms', traceId)
    }
  }
}

function addRedHerrings(world: World, service: ServiceName, minute: number, add: Add): void {
  if (service === 'inventory') {
    const batch = batchOf(world)
    if (minute % 240 === 0) {
      const ratio = (metricAt(world, 'cache_hit_ratio', 'inventory', minute) ?? 0).toFixed(2)
      add(12, 'warn', `stock cache hit ratio ${ratio} is below the wanted 0.80`)
    }
    if (minute === batch.from) add(1, 'info', 'nightly stock reconciliation started: 412000 articles to compare')
    if (minute === batch.to) add(2, 'info', 'nightly stock reconciliation finished: 37 differences written')
    if (minute > batch.from && minute < batch.to && minute % 600 === 0) {
      add(20, 'warn', 'nightly stock reconciliation uses most of the CPU; requests keep their priority')
    }
  }
  if (service === 'catalogue' && minute === world.anchor - 40 * 60) add(3, 'info', 'starting catalogue v3.9.0')
  if (service === 'storefront' && minute === world.anchor - 190 * 60) add(3, 'info', 'starting storefront v5.3.0')
}

export interface LogQuery {
  service?: ServiceName
  /** Lines of this level and of the more severe ones. */
  level?: LogLevel
  /** Text that the message holds, in whatever case. */
  contains?: string
  from: number
  to: number
  limit: number
}

export interface LogAnswer {
  /** The newest `limit` matching lines, oldest first. */
  lines: LogLine[]
  total: number
}

/** The log lines between two moments that match a query. */
export function queryLines(world: World, query: LogQuery): LogAnswer {
  const services = query.service ? [query.service] : SERVICE_NAMES
  const severity = LOG_LEVELS.indexOf(query.level ?? 'debug')
  const contains = query.contains?.toLowerCase()
  const lines: LogLine[] = []
  for (let minute = Math.floor(query.from / 60) * 60; minute <= query.to; minute += 60) {
    for (const service of services) {
      for (const line of linesOfMinute(world, service, minute)) {
        if (line.time < query.from || line.time > query.to) continue
        if (LOG_LEVELS.indexOf(line.level) < severity) continue
        if (contains && !line.message.toLowerCase().includes(contains)) continue
        lines.push(line)
      }
    }
  }
  lines.sort((one, other) => one.time - other.time)
  return { lines: lines.slice(-query.limit), total: lines.length }
}
