import { firstNumber, firstText, isRecord, ownValue, shortText } from '@/components/evidence/read-value'

export interface TraceSpan {
  id: string
  parentId: string | null
  service: string
  name: string
  /** Milliseconds since the trace's first span began. */
  offset: number
  duration: number
  error: boolean
  attributes: [string, string][]
}

export interface PlacedSpan extends TraceSpan {
  depth: number
}

const MOST_SPANS = 20_000
const pairs = (value: unknown): [string, string][] =>
  isRecord(value) ? Object.entries(value).map(([key, text]) => [key, shortText(text)]) : []

function readSpan(value: unknown): TraceSpan | null {
  if (!isRecord(value)) return null
  const id = firstText(value, ['spanId', 'id', 'spanID'])
  const name = firstText(value, ['operation', 'name', 'operationName'])
  const duration = firstNumber(value, ['durationMs', 'durationMilliseconds'])
  const offset = firstNumber(value, ['startOffsetMs', 'offsetMilliseconds', 'startMs'])
  if (id === null || name === null || duration === null || offset === null) return null
  const message = firstText(value, ['statusMessage'])
  return {
    id,
    name,
    duration: Math.max(0, duration),
    offset,
    parentId: firstText(value, ['parentSpanId', 'parentId', 'parentSpanID']),
    service: firstText(value, ['service', 'serviceName']) ?? '',
    error: ownValue(value, 'error') === true || ownValue(value, 'status') === 'error',
    attributes: [
      ...(message ? [['status', message] as [string, string]] : []),
      ...pairs(ownValue(value, 'attributes')),
    ],
  }
}

/** Jaeger's answer: microseconds, tags as a list, the service by its process. */
function readJaegerSpan(value: unknown, processes: Record<string, unknown>): TraceSpan | null {
  if (!isRecord(value)) return null
  const id = firstText(value, ['spanID'])
  const start = firstNumber(value, ['startTime'])
  const duration = firstNumber(value, ['duration'])
  if (id === null || start === null || duration === null) return null
  const references = ownValue(value, 'references')
  const parent = Array.isArray(references) ? references.find(isRecord) : undefined
  const process = ownValue(processes, firstText(value, ['processID']) ?? '')
  const tags = ownValue(value, 'tags')
  const attributes = (Array.isArray(tags) ? tags : [])
    .filter(isRecord)
    .map((tag): [string, string] => [shortText(ownValue(tag, 'key')), shortText(ownValue(tag, 'value'))])
  return {
    id,
    name: firstText(value, ['operationName']) ?? '',
    duration: Math.max(0, duration / 1000),
    offset: start / 1000,
    parentId: parent ? firstText(parent, ['spanID']) : null,
    service: isRecord(process) ? (firstText(process, ['serviceName']) ?? '') : '',
    error: attributes.some(([key, text]) => key === 'error' && text === 'true'),
    attributes,
  }
}

/** The spans of one trace in a result, ours, the demo's or Jaeger's, on an axis that begins at 0; else null. */
export function readTrace(value: unknown): TraceSpan[] | null {
  if (!isRecord(value)) return null
  const data = ownValue(value, 'data')
  const inner = ownValue(value, 'trace') ?? (Array.isArray(data) && data.length === 1 ? data[0] : value)
  const list = isRecord(inner) ? ownValue(inner, 'spans') : null
  if (!isRecord(inner) || !Array.isArray(list) || list.length === 0 || list.length > MOST_SPANS) return null
  const processes = ownValue(inner, 'processes')
  const read = isRecord(processes) ? (span: unknown) => readJaegerSpan(span, processes) : readSpan
  const spans: TraceSpan[] = []
  let first = Number.POSITIVE_INFINITY
  for (const item of list) {
    const span = read(item)
    if (!span) return null
    first = Math.min(first, span.offset)
    spans.push(span)
  }
  return spans.map((span) => ({ ...span, offset: span.offset - first }))
}

/** Every span once, children behind their parent by their start; lost parents and circles do no harm. */
export function placeSpans(spans: readonly TraceSpan[]): PlacedSpan[] {
  const ids = new Set(spans.map((span) => span.id))
  const children = new Map<string | null, TraceSpan[]>()
  for (const span of spans) {
    const parent = span.parentId !== null && span.parentId !== span.id && ids.has(span.parentId) ? span.parentId : null
    const siblings = children.get(parent)
    if (siblings) siblings.push(span)
    else children.set(parent, [span])
  }
  for (const list of children.values()) list.sort((a, b) => b.offset - a.offset)
  const placed: PlacedSpan[] = []
  const seen = new Set<TraceSpan>()
  const visit = (roots: readonly TraceSpan[]) => {
    const waiting = roots.map((span) => ({ span, depth: 0 }))
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next.span)) continue
      seen.add(next.span)
      placed.push({ ...next.span, depth: next.depth })
      for (const span of children.get(next.span.id) ?? []) waiting.push({ span, depth: next.depth + 1 })
    }
  }
  visit(children.get(null) ?? [])
  for (const span of spans) if (!seen.has(span)) visit([span])
  return placed
}
