import type { UsageRow } from '@/lib/usage/report'

/** Text for one cell. What a spreadsheet would take for a formula begins with an apostrophe. */
const cell = (value: string | number) => {
  const text = String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The rows as CSV (RFC 4180), with a header line. */
export function usageCsv(rows: UsageRow[]): string {
  const head = ['key', 'name', 'runs', 'input tokens', 'output tokens', 'tool calls', 'cost (USD)']
  const lines = rows.map(({ key, name, runs, inputTokens, outputTokens, toolCalls, costUsd }) =>
    [key, name, runs, inputTokens, outputTokens, toolCalls, costUsd].map(cell).join(','),
  )
  return `${[head.join(','), ...lines].join('\r\n')}\r\n`
}
