import { incidentOf, intensityAt, type World } from './incident.ts'
import { hexadecimal, noise, random } from './random.ts'
import type { ServiceName } from './topology.ts'

export interface Span {
  spanId: string
  parentSpanId: string | null
  service: ServiceName
  operation: string
  startOffsetMs: number
  durationMs: number
  status: 'ok' | 'error'
  attributes: Record<string, string | number>
}

export interface Trace {
  traceId: string
  /** Epoch seconds. */
  start: number
  service: ServiceName
  operation: string
  durationMs: number
  status: 'ok' | 'error'
  spans: Span[]
}

const TRACES_PER_MINUTE = 6
/** How many of a minute's traces are orders; the others browse. */
const ORDERS_PER_MINUTE = 4

/** The ids of the orders traced in a minute: time and number stand in the id, so that a trace is found by its id alone. */
export function traceIdsOf(world: World, minute: number): string[] {
  return Array.from({ length: ORDERS_PER_MINUTE }, (_, index) => traceIdOf(world, minute, index))
}

const traceIdOf = (world: World, minute: number, index: number) =>
  (minute / 60).toString(16).padStart(8, '0') +
  index.toString(16).padStart(2, '0') +
  hexadecimal(22, `${world.seed}/trace/${minute}/${index}`)

class Builder {
  readonly spans: Span[] = []
  readonly #key: string
  constructor(key: string) {
    this.#key = key
  }
  add(
    parent: Span | null,
    start: number,
    span: Pick<Span, 'service' | 'operation' | 'durationMs'> & Partial<Span>,
  ): Span {
    const added: Span = {
      spanId: hexadecimal(16, `${this.#key}/span/${this.spans.length}`),
      parentSpanId: parent?.spanId ?? null,
      startOffsetMs: Math.round(start),
      status: 'ok',
      attributes: {},
      ...span,
    }
    added.durationMs = Math.round(added.durationMs)
    this.spans.push(added)
    return added
  }
}

function traceOf(world: World, minute: number, index: number): Trace {
  const traceId = traceIdOf(world, minute, index)
  const key = `${world.seed}/trace/${traceId}`
  const spans = index < ORDERS_PER_MINUTE ? orderSpans(world, minute, index, key) : browseSpans(key)
  const root = spans[0]
  if (!root) throw new Error('a trace has at least one span')
  // An order starts three seconds before the log line that names it (logs.ts): never after.
  const second = index < ORDERS_PER_MINUTE ? index * 11 : Math.floor(random(`${key}/start`) * 60)
  const start = minute + second
  const { service, operation, durationMs, status } = root
  return { traceId, start, service, operation, durationMs, status, spans }
}

function browseSpans(key: string): Span[] {
  const builder = new Builder(key)
  const search = 38 + 30 * random(`${key}/search`)
  const query = 14 + 6 * random(`${key}/query`)
  const root = builder.add(null, 0, { service: 'storefront', operation: 'GET /product', durationMs: search + 52 })
  const catalogue = builder.add(root, 21, { service: 'catalogue', operation: 'GetProduct', durationMs: search })
  builder.add(catalogue, 26, {
    service: 'catalogue',
    operation: 'db.query SELECT products',
    durationMs: query,
    attributes: { 'db.system': 'postgresql', 'db.name': 'catalogue-db' },
  })
  return builder.spans
}

function orderSpans(world: World, minute: number, index: number, key: string): Span[] {
  const builder = new Builder(key)
  const incident = incidentOf(world)
  const intensity = intensityAt(world, minute)
  const version = minute >= incident.deployedAt ? incident.version : incident.previousVersion
  // A third of the charges gives up waiting for a connection; the others get one late.
  const wait = intensity > 0 ? 3000 * intensity * (0.55 + 0.5 * random(`${key}/wait`)) : 1.4 + noise(`${key}/wait`)
  const timedOut = wait >= 2800
  const acquire = Math.min(3000, wait)
  const reserve = 41 + 12 * noise(`${key}/reserve`)
  const gateway = timedOut ? 0 : 148 + 40 * noise(`${key}/gateway`)
  const insert = timedOut ? 0 : 12 + 4 * noise(`${key}/insert`)
  const status = timedOut ? 'error' : 'ok'
  const charge = acquire + gateway + insert + 9
  const write = timedOut ? 0 : 13
  const place = reserve + charge + write + 34
  const pool = {
    'pool.name': 'payments-db',
    'pool.max': minute >= incident.deployedAt ? incident.after : incident.before,
  }

  const root = builder.add(null, 0, {
    service: 'storefront',
    operation: 'POST /checkout',
    durationMs: place + 38,
    status,
  })
  const order = builder.add(root, 17, { service: 'checkout', operation: 'PlaceOrder', durationMs: place, status })
  const stock = builder.add(order, 26, { service: 'inventory', operation: 'ReserveStock', durationMs: reserve })
  builder.add(stock, 31, {
    service: 'inventory',
    operation: 'db.query UPDATE stock',
    durationMs: 9 + 2 * noise(`${key}/stock`),
    attributes: { 'db.system': 'postgresql', 'db.name': 'inventory-db' },
  })
  const chargeStart = 30 + reserve
  const charging = builder.add(order, chargeStart, {
    service: 'payments',
    operation: 'Charge',
    durationMs: charge,
    status,
    attributes: { 'service.version': version, 'order.number': 81000 + ((minute / 60) % 900) + index },
  })
  builder.add(charging, chargeStart + 3, {
    service: 'payments',
    operation: 'db.pool.acquire',
    durationMs: acquire,
    status,
    attributes: timedOut ? { ...pool, 'error.message': 'timed out waiting for a connection' } : pool,
  })
  if (timedOut) return builder.spans
  builder.add(charging, chargeStart + 4 + acquire, {
    service: 'payments',
    operation: 'db.query INSERT charges',
    durationMs: insert,
    attributes: { 'db.system': 'postgresql', 'db.name': 'payments-db' },
  })
  builder.add(charging, chargeStart + 5 + acquire + insert, {
    service: 'payments',
    operation: 'card-gateway authorise',
    durationMs: gateway,
    attributes: { 'server.address': 'gateway.cards.example' },
  })
  builder.add(order, chargeStart + charge + 2, {
    service: 'checkout',
    operation: 'db.query INSERT orders',
    durationMs: write,
    attributes: { 'db.system': 'postgresql', 'db.name': 'orders-db' },
  })
  return builder.spans
}

export interface TraceQuery {
  /** Traces in which this service has a span. */
  service?: ServiceName
  /** Text that the root's or a span's operation holds. */
  operation?: string
  minimumDurationMs?: number
  status?: 'ok' | 'error'
  from: number
  to: number
  order: 'slowest' | 'newest'
  limit: number
}

/** The traces that started between two moments and match a query, and how many matched in all. */
export function queryTraces(world: World, query: TraceQuery): { traces: Trace[]; total: number } {
  const traces: Trace[] = []
  const operation = query.operation?.toLowerCase()
  for (let minute = Math.floor(query.from / 60) * 60; minute <= query.to; minute += 60) {
    for (let index = 0; index < TRACES_PER_MINUTE; index++) {
      const trace = traceOf(world, minute, index)
      if (trace.start < query.from || trace.start > query.to) continue
      if (query.service && !trace.spans.some((span) => span.service === query.service)) continue
      if (operation && !trace.spans.some((span) => span.operation.toLowerCase().includes(operation))) continue
      if (query.minimumDurationMs !== undefined && trace.durationMs < query.minimumDurationMs) continue
      if (query.status && trace.status !== query.status) continue
      traces.push(trace)
    }
  }
  traces.sort((one, other) => (query.order === 'slowest' ? other.durationMs - one.durationMs : other.start - one.start))
  return { traces: traces.slice(0, query.limit), total: traces.length }
}

/** One trace by its id; null when there is none such. */
export function findTrace(world: World, traceId: string): Trace | null {
  const minute = Number.parseInt(traceId.slice(0, 8), 16) * 60
  const index = Number.parseInt(traceId.slice(8, 10), 16)
  if (!/^[0-9a-f]{32}$/.test(traceId) || index >= TRACES_PER_MINUTE) return null
  const trace = traceOf(world, minute, index)
  return trace.traceId === traceId ? trace : null
}
