import { trendsOf } from './analysis.ts'
import type { Language } from './conversation.ts'
import type { Findings } from './findings.ts'
import { say } from './intents.ts'

export const clock = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(11, 16)} UTC`
const percent = (ratio: number) => `${(ratio * 100).toFixed(ratio < 0.01 ? 2 : 1)} %`
export const seconds = (value: number) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`)
export const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`)
    .join('\n')
export const join = (blocks: (string | null)[]) => blocks.filter((block) => block !== null && block !== '').join('\n\n')

/** What could not be used: tools that failed and tools that were not offered. Null when all was there. */
export function reportGaps(language: Language, findings: Findings, missing: string[]): string | null {
  const lines = [
    ...findings.failures.map(({ tool, message }) =>
      say(language, `- \`${tool}\` failed: ${message}`, `- \`${tool}\` ist fehlgeschlagen: ${message}`),
    ),
    ...missing.map((tool) =>
      say(
        language,
        `- \`${tool}\` is not available to you, so I did not use it`,
        `- \`${tool}\` steht Ihnen nicht zur Verfügung, ich habe es nicht benutzt`,
      ),
    ),
  ]
  if (lines.length === 0) return null
  return `${say(language, 'What I could not use:', 'Was ich nicht nutzen konnte:')}\n\n${lines.join('\n')}`
}

/** How slow each service is now and how slow it usually is. Null without latencies. */
export function serviceTable(language: Language, findings: Findings): string | null {
  const latencies = trendsOf(findings, 'latency_p95_seconds')
  if (latencies.length === 0) return null
  const errors = trendsOf(findings, 'error_rate')
  const rows = [...latencies]
    .sort((one, other) => other.now / other.before - one.now / one.before)
    .map((trend) => {
      const error = errors.find((one) => one.service === trend.service)
      const since = trend.changedAt === null ? say(language, 'as usual', 'wie immer') : clock(trend.changedAt)
      return [trend.service, seconds(trend.before), seconds(trend.now), error ? percent(error.now) : '–', since]
    })
  const head =
    language === 'de'
      ? ['Dienst', 'p95 sonst', 'p95 jetzt', 'Fehler jetzt', 'langsam seit']
      : ['Service', 'p95 usual', 'p95 now', 'Errors now', 'Slow since']
  return table(head, rows)
}
