import { z } from 'zod'
import { type DataSourceError, quoteUpstream } from '@/lib/datasources/errors'
import { DataSourceHttp, type HttpAnswer, type HttpOptions } from '@/lib/datasources/http'
import { type LabelSet, queryDataSchema, readQueryData, type SampledSeries } from '@/lib/datasources/prometheus/schemas'
import type { OpenedDataSource } from '@/lib/datasources/types'

export interface LogEntry {
  /** RFC3339 with milliseconds. */
  time: string
  line: string
  labels: LabelSet
}

export type LogAnswer =
  /** A log query; entries in the order asked for. */
  | { kind: 'streams'; entries: LogEntry[] }
  /** A metric query over logs. */
  | { kind: 'matrix'; series: SampledSeries[] }

export interface LogQuery {
  query: string
  /** Unix seconds. */
  from: number
  to: number
  limit: number
  direction: 'backward' | 'forward'
  /** Seconds; for metric queries. */
  step: number
}

const envelope = z.object({ status: z.literal('success'), data: z.unknown().optional() })
const streams = z.object({
  resultType: z.literal('streams'),
  result: z.array(
    z.object({
      stream: z.record(z.string(), z.string()),
      // A third place may hold structured metadata.
      values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())),
    }),
  ),
})
const LONGEST_ADDRESS = 2_000

/** The HTTP API of Loki. Every method throws `DataSourceError`. */
export class LokiClient {
  private readonly http: DataSourceHttp

  constructor(source: OpenedDataSource, options: HttpOptions = {}) {
    this.http = new DataSourceHttp(source, options)
  }

  async queryRange(input: LogQuery, signal?: AbortSignal): Promise<LogAnswer> {
    const parameters: [string, string][] = [
      ['query', input.query],
      ...rangeParameters(input),
      ['limit', String(input.limit)],
      ['direction', input.direction],
      ['step', String(input.step)],
    ]
    const form = new URLSearchParams(parameters).toString().length > LONGEST_ADDRESS
    const path = 'loki/api/v1/query_range'
    const answer = await this.http.request({ method: form ? 'POST' : 'GET', path, parameters, form, signal })
    const data = this.read(answer)
    const logs = streams.safeParse(data)
    if (logs.success) return { kind: 'streams', entries: readEntries(logs.data.result, input) }
    const metrics = queryDataSchema.safeParse(data)
    if (!metrics.success) throw this.http.unexpected(answer)
    const read = readQueryData(metrics.data)
    return { kind: 'matrix', series: 'series' in read ? read.series : [] }
  }

  async labels(input: { from: number; to: number; query?: string }, signal?: AbortSignal): Promise<string[]> {
    return this.names('loki/api/v1/labels', input, signal)
  }

  async labelValues(
    label: string,
    input: { from: number; to: number; query?: string },
    signal?: AbortSignal,
  ): Promise<string[]> {
    return this.names(`loki/api/v1/label/${encodeURIComponent(label)}/values`, input, signal)
  }

  private async names(path: string, input: { from: number; to: number; query?: string }, signal?: AbortSignal) {
    const parameters = rangeParameters(input)
    if (input.query !== undefined) parameters.push(['query', input.query])
    const answer = await this.http.request({ path, parameters, signal })
    const parsed = z.array(z.string()).nullish().safeParse(this.read(answer))
    if (!parsed.success) throw this.http.unexpected(answer)
    return parsed.data ?? []
  }

  private read(answer: HttpAnswer): unknown {
    const parsed = envelope.safeParse(answer.json)
    if (answer.status !== 200 || !parsed.success) throw this.describe(answer)
    return parsed.data.data
  }

  /** Loki explains itself in plain text; only texts that are known to be its own are passed on. */
  private describe(answer: HttpAnswer): DataSourceError {
    const text = answer.plain
    const { http } = this
    if (answer.status === 400 || answer.status === 422 || answer.status === 429) {
      if (/parse error|queries require at least one|invalid (?:aggregation|expression)|unsupported/i.test(text))
        return http.failure('bad_query', `Loki does not accept the query: ${quoteUpstream(text)}`)
      if (/max entries limit/i.test(text))
        return http.failure('too_much', 'Loki returns fewer lines at once than asked for: lower "limit".')
      if (/time range exceeds|query length|maximum of series|too many|would read too many bytes/i.test(text))
        return http.failure(
          'too_much',
          `The query is too large for Loki: ${quoteUpstream(text, 200)}. Shorten the range or add stream matchers.`,
        )
    }
    if (/no org id/i.test(text))
      return http.failure('refused', 'Loki wants a tenant (X-Scope-OrgID), which is not set for this data source.')
    return http.unexpected(answer)
  }
}

/** Loki counts in nanoseconds. */
const rangeParameters = ({ from, to }: { from: number; to: number }): [string, string][] => [
  ['start', `${Math.round(from * 1000)}000000`],
  ['end', `${Math.round(to * 1000)}000000`],
]

function readEntries(found: z.output<typeof streams>['result'], { limit, direction }: LogQuery): LogEntry[] {
  const entries = found.flatMap(({ stream, values }) =>
    values.map(([nanoseconds, line]) => ({ at: nanoseconds.padStart(20, '0'), line, labels: stream })),
  )
  const sign = direction === 'backward' ? -1 : 1
  entries.sort((one, other) => sign * (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
  return entries.slice(0, limit).map(({ at, line, labels }) => {
    const time = new Date(Number(at.slice(0, -6)))
    return { time: Number.isNaN(time.getTime()) ? '' : time.toISOString(), line, labels }
  })
}
