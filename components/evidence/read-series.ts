import { isRecord, ownValue, readTime } from '@/components/evidence/read-value'
import type { Series } from '@/components/evidence/series'

const MOST_SERIES = 500
const MOST_POINTS = 200_000

function readNumber(value: unknown): number | null | undefined {
  if (value === null) return null
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number') return Number.isFinite(number) ? number : null
  // Prometheus writes what JSON has no word for as text.
  return typeof value === 'string' && /^[+-]?inf$/i.test(value) ? null : undefined
}

function readPoint(value: unknown): [number, number | null] | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const time = readTime(value[0])
  const number = readNumber(value[1])
  return time === null || number === undefined ? null : [time / 1000, number]
}

function readOne(value: unknown): Series | null {
  if (!isRecord(value)) return null
  const list = ownValue(value, 'points') ?? ownValue(value, 'values')
  if (!Array.isArray(list) || list.length > MOST_POINTS) return null
  const points = list.map(readPoint)
  if (points.some((point) => point === null)) return null
  const labels = new Map<string, string>()
  const found = ownValue(value, 'labels') ?? ownValue(value, 'metric')
  if (isRecord(found)) for (const [key, text] of Object.entries(found)) labels.set(key, String(text))
  const name = ownValue(value, 'name')
  const unit = ownValue(value, 'unit')
  return {
    name: typeof name === 'string' ? name.slice(0, 1000) : (labels.get('__name__') ?? ''),
    labels: Object.fromEntries(labels),
    ...(typeof unit === 'string' && { unit: unit.slice(0, 40) }),
    points: points as Series['points'],
  }
}

function listOf(value: unknown): unknown {
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return null
  const data = ownValue(value, 'data')
  return ownValue(value, 'series') ?? ownValue(value, 'result') ?? (isRecord(data) ? ownValue(data, 'result') : null)
}

/** The series of a result, ours or as Prometheus gives a matrix; null when it is something else. Empty series are left out. */
export function readSeries(value: unknown): Series[] | null {
  const list = listOf(value)
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_SERIES) return null
  const series: Series[] = []
  for (const item of list) {
    const one = readOne(item)
    if (!one) return null
    if (one.points.some(([, point]) => point !== null)) series.push(one)
  }
  return series.length > 0 ? series : null
}
