import { firstText, isRecord, ownValue, readTime, shortText } from '@/components/evidence/read-value'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'unknown'

export interface LogLine {
  /** Milliseconds since the epoch; null when the line tells none. */
  time: number | null
  level: LogLevel
  message: string
  fields: [string, string][]
}

const TIME_KEYS = ['time', 'timestamp', '@timestamp', 'ts']
const MESSAGE_KEYS = ['message', 'msg', 'line', 'body', 'log']
const LEVEL_KEYS = ['level', 'severity', 'detected_level', 'lvl']
const LEVELS: [LogLevel, RegExp][] = [
  ['error', /\b(error|err|fatal|crit|critical|panic|alert|emerg)\b/i],
  ['warn', /\b(warn|warning)\b/i],
  ['info', /\b(info|notice|information)\b/i],
  ['debug', /\b(debug|trace|verbose)\b/i],
]
const LINE_START = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\]?\s+/

const levelOf = (text: string): LogLevel => LEVELS.find(([, words]) => words.test(text))?.[0] ?? 'unknown'

function readLine(value: unknown): LogLine | null {
  if (!isRecord(value)) return null
  const message = firstText(value, MESSAGE_KEYS)
  const timeKey = TIME_KEYS.find((key) => readTime(ownValue(value, key)) !== null)
  if (message === null || timeKey === undefined) return null
  const labels = ownValue(value, 'labels')
  const from = isRecord(labels) ? labels : value
  const level = firstText(value, LEVEL_KEYS) ?? firstText(from, LEVEL_KEYS)
  const taken = new Set([timeKey, 'labels', ...MESSAGE_KEYS.filter((key) => ownValue(value, key) === message)])
  const fields = Object.entries(value).filter(([key]) => !taken.has(key))
  if (isRecord(labels)) fields.push(...Object.entries(labels))
  return {
    time: readTime(ownValue(value, timeKey)),
    level: levelOf(level ?? message.slice(0, 200)),
    message,
    fields: fields.map(([key, field]) => [key, shortText(field)]),
  }
}

/** Loki's own answer: streams with their labels, each with pairs of nanoseconds and line. */
function readStreams(list: readonly unknown[]): LogLine[] | null {
  const lines: LogLine[] = []
  for (const stream of list) {
    const labels = isRecord(stream) ? ownValue(stream, 'stream') : null
    const values = isRecord(stream) ? ownValue(stream, 'values') : null
    if (!isRecord(labels) || !Array.isArray(values)) return null
    for (const value of values) {
      const line = Array.isArray(value) ? readLine({ time: value[0], message: value[1], labels }) : null
      if (!line) return null
      lines.push(line)
    }
  }
  return lines.length > 0 ? lines : null
}

/** The log lines of a result: ours, the demo's, Loki's, or a list of objects with a time and a message. Else null. */
export function readLogs(value: unknown): LogLine[] | null {
  const data = isRecord(value) ? (ownValue(value, 'data') ?? value) : value
  const streams = isRecord(data) ? ownValue(data, 'result') : null
  if (Array.isArray(streams) && streams.length > 0) return readStreams(streams)
  const lists = Array.isArray(data) ? [data] : isRecord(data) ? Object.values(data).filter(Array.isArray) : []
  for (const list of lists) {
    if (list.length === 0) continue
    const lines = list.map(readLine)
    if (lines.every((line) => line !== null)) return lines
  }
  return null
}

/** Plain text whose lines begin with a time, as lines; what follows without one belongs to the line before. */
export function readPlainLogs(text: string): LogLine[] | null {
  const rows = text.split(/\r?\n/).filter((row) => row !== '')
  const timed = rows.filter((row) => LINE_START.test(row)).length
  if (timed < 3 || timed * 2 < rows.length) return null
  const lines: LogLine[] = []
  for (const row of rows) {
    const start = LINE_START.exec(row)
    const last = lines.at(-1)
    if (start || !last) {
      const message = row.slice(start?.[0].length ?? 0)
      const time = readTime(start?.[1]?.replace(' ', 'T').replace(',', '.') ?? null)
      lines.push({ time, level: levelOf(message.slice(0, 200)), message, fields: [] })
    } else last.message += `\n${row}`
  }
  return lines
}
