import { z } from 'zod'

const attributesSchema = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()).optional() }))
  .nullish()
const nanoseconds = z.union([z.string(), z.number()]).optional()
const spanSchema = z.object({
  spanId: z.string().default(''),
  parentSpanId: z.string().nullish(),
  name: z.string().default(''),
  kind: z.union([z.string(), z.number()]).optional(),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: attributesSchema,
  status: z.object({ code: z.union([z.string(), z.number()]).optional(), message: z.string().optional() }).nullish(),
})
const scopeSchema = z.object({ spans: z.array(spanSchema).nullish() })
const resourceSchema = z.object({
  resource: z.object({ attributes: attributesSchema }).nullish(),
  scopeSpans: z.array(scopeSchema).nullish(),
  /** The name before OpenTelemetry 1.0, which older versions still write. */
  instrumentationLibrarySpans: z.array(scopeSchema).nullish(),
})
const batches = z.object({
  batches: z.array(resourceSchema).optional(),
  resourceSpans: z.array(resourceSchema).optional(),
})

export type AttributeValue = string | number | boolean

export interface Span {
  id: string
  parentId: string | null
  service: string
  name: string
  kind: string
  /** Milliseconds since the epoch. */
  start: number
  durationMilliseconds: number
  error: boolean
  statusMessage?: string
  attributes: Record<string, AttributeValue>
}

/** The spans of a trace as Tempo answers it, by start time; null when it is no trace. */
export function readTrace(body: unknown): Span[] | null {
  const wrapped = z.object({ trace: batches }).safeParse(body)
  const parsed = wrapped.success ? wrapped.data.trace : batches.safeParse(body).data
  const resources = parsed?.batches ?? parsed?.resourceSpans
  if (!resources) return null
  const spans = resources.flatMap(({ resource, scopeSpans, instrumentationLibrarySpans }) => {
    const service = readAttributes(resource?.attributes)['service.name']
    return (scopeSpans ?? instrumentationLibrarySpans ?? []).flatMap((scope) =>
      (scope.spans ?? []).map((span) => readSpan(span, String(service ?? 'unknown'))),
    )
  })
  return spans.sort((one, other) => one.start - other.start)
}

function readSpan(span: z.output<typeof spanSchema>, service: string): Span {
  const start = milliseconds(span.startTimeUnixNano)
  const code = span.status?.code
  return {
    id: hexadecimal(span.spanId),
    parentId: span.parentSpanId ? hexadecimal(span.parentSpanId) : null,
    service,
    name: span.name,
    kind:
      KINDS[String(span.kind ?? '')] ??
      String(span.kind ?? '')
        .replace('SPAN_KIND_', '')
        .toLowerCase(),
    start,
    durationMilliseconds: Math.max(0, milliseconds(span.endTimeUnixNano) - start),
    error: code === 2 || code === 'STATUS_CODE_ERROR',
    ...(span.status?.message ? { statusMessage: span.status.message.slice(0, 300) } : {}),
    attributes: readAttributes(span.attributes),
  }
}

const KINDS: Record<string, string> = { 1: 'internal', 2: 'server', 3: 'client', 4: 'producer', 5: 'consumer' }

/** Nanoseconds exceed a double's integers; microseconds do not. */
function milliseconds(value: string | number | undefined): number {
  const digits = String(value ?? '0')
  return /^\d{4,}$/.test(digits) ? Number(digits.slice(0, -3)) / 1_000 : 0
}

/** JSON of protobuf writes ids in base64, JSON of OTLP in hexadecimal. */
const hexadecimal = (id: string) =>
  /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i.test(id) ? id.toLowerCase() : Buffer.from(id, 'base64').toString('hex')

export function readAttributes(attributes: z.output<typeof attributesSchema>): Record<string, AttributeValue> {
  const read: Record<string, AttributeValue> = {}
  for (const { key, value } of attributes ?? []) {
    const [kind, content] = Object.entries(value ?? {})[0] ?? []
    if (typeof content === 'boolean') read[key] = content
    else if (kind === 'intValue' || kind === 'doubleValue') read[key] = Number(content)
    else if (typeof content === 'string') read[key] = content.slice(0, 500)
    else if (content !== undefined) read[key] = JSON.stringify(content).slice(0, 500)
  }
  return read
}

export interface TraceSummary {
  start: number
  durationMilliseconds: number
  spans: number
  errors: number
  /** By time spent in the service's own spans, longest first. */
  services: { service: string; spans: number; errors: number; ownMilliseconds: number }[]
}

/** What a trace is about: its length, its errors, and where the time was spent. */
export function summariseTrace(spans: Span[]): TraceSummary {
  const start = Math.min(...spans.map((span) => span.start))
  const end = Math.max(...spans.map((span) => span.start + span.durationMilliseconds))
  const own = ownTimes(spans)
  const services = new Map<string, TraceSummary['services'][number]>()
  for (const span of spans) {
    const entry = services.get(span.service) ?? { service: span.service, spans: 0, errors: 0, ownMilliseconds: 0 }
    entry.spans++
    entry.errors += Number(span.error)
    entry.ownMilliseconds += own.get(span) ?? 0
    services.set(span.service, entry)
  }
  return {
    start,
    durationMilliseconds: end - start,
    spans: spans.length,
    errors: spans.filter((span) => span.error).length,
    services: [...services.values()].sort((one, other) => other.ownMilliseconds - one.ownMilliseconds),
  }
}

/** A span's time less the time in which any of its children ran. */
export function ownTimes(spans: Span[]): Map<Span, number> {
  const children = Map.groupBy(spans, (span) => span.parentId)
  const times = new Map<Span, number>()
  for (const span of spans) {
    let covered = 0
    let reached = span.start
    const end = span.start + span.durationMilliseconds
    for (const child of children.get(span.id) ?? []) {
      if (child === span) continue
      const from = Math.max(child.start, reached)
      const to = Math.min(child.start + child.durationMilliseconds, end)
      if (to > from) {
        covered += to - from
        reached = to
      }
    }
    times.set(span, span.durationMilliseconds - covered)
  }
  return times
}

/** The spans as a tree in reading order, each with its depth; those without a known parent are roots. */
export function treeOf(spans: Span[]): { span: Span; depth: number }[] {
  const ids = new Set(spans.map((span) => span.id))
  const children = Map.groupBy(spans, (span) => (span.parentId && ids.has(span.parentId) ? span.parentId : null))
  const ordered: { span: Span; depth: number }[] = []
  const seen = new Set<Span>()
  const waiting = (children.get(null) ?? []).map((span) => ({ span, depth: 0 })).reverse()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    // Broken instrumentation may repeat ids or make circles.
    if (seen.has(next.span)) continue
    seen.add(next.span)
    ordered.push(next)
    const depth = next.depth + 1
    for (const child of (children.get(next.span.id) ?? []).toReversed()) waiting.push({ span: child, depth })
  }
  for (const span of spans) if (!seen.has(span)) ordered.push({ span, depth: 0 })
  return ordered
}
