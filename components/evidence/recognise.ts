import { type LogLine, readLogs, readPlainLogs } from '@/components/evidence/read-logs'
import { readSeries } from '@/components/evidence/read-series'
import { readTable, type Table } from '@/components/evidence/read-table'
import { readTrace, type TraceSpan } from '@/components/evidence/read-trace'
import type { Series } from '@/components/evidence/series'

/** What a result is, with what its view needs. */
export type Recognised =
  | { kind: 'series'; series: Series[]; value: unknown }
  | { kind: 'trace'; spans: TraceSpan[]; value: unknown }
  | { kind: 'logs'; lines: LogLine[]; value: unknown }
  | { kind: 'table'; table: Table; value: unknown }
  | { kind: 'json'; value: unknown }
  | { kind: 'text' }

const MOST_CHARACTERS = 17_000_000

function parse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}

/** Tells what a result's whole text is. JSON is recognised whatever the server called it; what fits nothing is text. */
export function recognise(text: string): Recognised {
  if (text.length > MOST_CHARACTERS) return { kind: 'text' }
  const parsed = /^\s*[[{]/.test(text) ? parse(text) : null
  if (!parsed) {
    const lines = readPlainLogs(text)
    return lines ? { kind: 'logs', lines, value: undefined } : { kind: 'text' }
  }
  const { value } = parsed
  const series = readSeries(value)
  if (series) return { kind: 'series', series, value }
  const spans = readTrace(value)
  if (spans) return { kind: 'trace', spans, value }
  const lines = readLogs(value)
  if (lines) return { kind: 'logs', lines, value }
  const table = readTable(value)
  return table ? { kind: 'table', table, value } : { kind: 'json', value }
}
