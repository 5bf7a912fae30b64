import { z } from 'zod'
import { HISTORY_SECONDS, LOG_LEVELS, METRIC_NAMES, METRICS, SERVICE_NAMES } from '../shop/index.ts'

/** What a tool answers when it cannot do what was asked, in words that a model can act on. */
export class ToolProblem extends Error {}

const moment = (absent: string) =>
  z
    .string()
    .max(40)
    .optional()
    .describe(`ISO 8601 time, epoch seconds, "now", or relative to now such as "-90m", "-6h". Default ${absent}`)

const service = z
  .enum(SERVICE_NAMES, {
    error: (issue) => `unknown service ${shown(issue.input)}; the services are: ${SERVICE_NAMES.join(', ')}`,
  })
  .describe('One service of the shop')

const metric = z
  .enum(METRIC_NAMES, {
    error: (issue) => `unknown metric ${shown(issue.input)}; the metrics are: ${METRIC_NAMES.join(', ')}`,
  })
  .describe(`${METRIC_NAMES.map((name) => `${name}: ${METRICS[name].description} (${METRICS[name].unit})`).join('; ')}`)

const shown = (input: unknown) => (JSON.stringify(input) ?? 'nothing').slice(0, 60)

export const inputs = {
  list_services: {},
  query_metrics: {
    metric,
    service: service.optional().describe('One service; all services that have the metric when left out'),
    from: moment('one hour ago'),
    to: moment('now'),
    step: z
      .number()
      .int()
      .min(60)
      .max(3600)
      .optional()
      .describe('Seconds between points; chosen from the range when left out'),
  },
  query_logs: {
    service: service.optional().describe('One service; all services when left out'),
    level: z.enum(LOG_LEVELS).optional().describe('Lines of this level and of the more severe ones'),
    contains: z.string().max(200).optional().describe('Text that the message holds, in whatever case'),
    from: moment('one hour ago'),
    to: moment('now'),
    limit: z.number().int().min(1).max(500).optional().describe('At most so many lines, the newest; default 50'),
  },
  search_traces: {
    service: service.optional().describe('Traces in which this service took part'),
    operation: z.string().max(100).optional().describe('Text that an operation of the trace holds, such as "checkout"'),
    min_duration_ms: z.number().min(0).optional().describe('Only traces that took at least so long'),
    status: z.enum(['ok', 'error']).optional().describe('Only traces that ended so'),
    order: z.enum(['slowest', 'newest']).optional().describe('Default slowest first'),
    from: moment('one hour ago'),
    to: moment('now'),
    limit: z.number().int().min(1).max(100).optional().describe('At most so many traces; default 10'),
  },
  get_trace: { trace_id: z.string().max(64).describe('A trace id from search_traces or from a log line') },
  list_alerts: {
    state: z.enum(['all', 'firing', 'silenced', 'resolved', 'inactive']).optional().describe('Default all'),
  },
  list_deployments: {
    service: service.optional().describe('One service; all services when left out'),
    from: moment('six hours ago'),
    to: moment('now'),
  },
  silence_alert: {
    alert: z.string().max(100).describe("The alert's name, from list_alerts"),
    duration_minutes: z.number().int().min(1).max(1440).describe('How long it stays silent'),
    reason: z.string().min(1).max(500).describe('Why, for those who look at it later'),
  },
  restart_service: {
    service,
    reason: z.string().min(1).max(500).describe('Why, for those who look at it later'),
  },
} as const

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A moment in epoch seconds out of what a model wrote. Throws a problem that tells the accepted forms. */
export function parseMoment(text: string | undefined, now: number, absent: number): number {
  if (text === undefined || text.trim() === '') return absent
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  const relative = /^(?:now\s*)?-\s*(\d+(?:\.\d+)?)\s*([smhd])$/.exec(trimmed)
  if (relative) return now - Number(relative[1]) * (UNITS[relative[2] ?? 's'] ?? 1)
  if (/^\d{9,11}(\.\d+)?$/.test(trimmed)) return Number(trimmed)
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed) / 1000
  const parsed = Date.parse(trimmed)
  if (/^\d{4}-/.test(trimmed) && !Number.isNaN(parsed)) return parsed / 1000
  throw new ToolProblem(
    `"${trimmed.slice(0, 40)}" is not a time. Use ISO 8601 (${new Date(now * 1000).toISOString()}), epoch seconds, "now", or relative such as "-90m".`,
  )
}

/** A range of moments within the shop's history. Throws a problem when it is empty or reaches before or behind it. */
export function parseRange(args: { from?: string; to?: string }, now: number, defaultSeconds = 3600) {
  const to = Math.min(now, parseMoment(args.to, now, now))
  const from = Math.max(now - HISTORY_SECONDS, parseMoment(args.from, now, to - defaultSeconds))
  if (from >= to) {
    throw new ToolProblem(
      `the range is empty: "from" must lie before "to", and data exists from ${iso(now - HISTORY_SECONDS)} to ${iso(now)} only`,
    )
  }
  return { from, to }
}

/** A moment as ISO 8601, without fractions of a second. */
export const iso = (epochSeconds: number): string => `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`
