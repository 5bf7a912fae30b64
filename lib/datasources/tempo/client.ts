import { z } from 'zod'
import { type DataSourceError, quoteUpstream } from '@/lib/datasources/errors'
import { DataSourceHttp, type HttpAnswer, type HttpOptions } from '@/lib/datasources/http'
import { readTrace, type Span } from '@/lib/datasources/tempo/spans'
import type { OpenedDataSource } from '@/lib/datasources/types'

const foundSchema = z.object({
  traceID: z.string(),
  rootServiceName: z.string().default(''),
  rootTraceName: z.string().default(''),
  startTimeUnixNano: z.string().default('0'),
  /** Left out by Tempo when it is below one millisecond. */
  durationMs: z.number().default(0),
  spanSets: z.array(z.object({ matched: z.number().default(0) })).nullish(),
  spanSet: z.object({ matched: z.number().default(0) }).nullish(),
})
const searchSchema = z.object({ traces: z.array(foundSchema).nullish() })
const tagValuesSchema = z.object({ tagValues: z.array(z.object({ value: z.string() })).nullish() })

export interface FoundTrace {
  traceId: string
  rootService: string
  rootName: string
  /** RFC3339. */
  startTime: string
  durationMilliseconds: number
  matchedSpans: number
}

/** The HTTP API of Tempo. Every method throws `DataSourceError`. */
export class TempoClient {
  private readonly http: DataSourceHttp

  constructor(source: OpenedDataSource, options: HttpOptions = {}) {
    this.http = new DataSourceHttp(source, options)
  }

  /** Traces that match a TraceQL query between two points in time (unix seconds). */
  async search(
    input: { query: string; from: number; to: number; limit: number },
    signal?: AbortSignal,
  ): Promise<FoundTrace[]> {
    const parameters: [string, string][] = [
      ['q', input.query],
      ['start', String(Math.floor(input.from))],
      ['end', String(Math.ceil(input.to))],
      ['limit', String(input.limit)],
    ]
    const { traces } = this.read(await this.http.request({ path: 'api/search', parameters, signal }), searchSchema)
    return (traces ?? []).slice(0, input.limit).map((trace) => ({
      traceId: trace.traceID,
      rootService: trace.rootServiceName,
      rootName: trace.rootTraceName,
      startTime: new Date(Number(trace.startTimeUnixNano.slice(0, -6) || 0)).toISOString(),
      durationMilliseconds: trace.durationMs,
      matchedSpans: (trace.spanSets ?? [trace.spanSet]).reduce((sum, set) => sum + (set?.matched ?? 0), 0),
    }))
  }

  /** The spans of one trace by start time, in any of the shapes that Tempo's versions answer with. */
  async trace(traceId: string, signal?: AbortSignal): Promise<Span[]> {
    const answer = await this.http.request({ path: `api/traces/${encodeURIComponent(traceId)}`, signal })
    const none = `No trace has the id ${traceId}: it may be too old, or the id is wrong. Find ids with search_traces.`
    if (answer.status === 404) throw this.http.failure('not_found', none)
    const spans = readTrace(this.read(answer, z.unknown()))
    if (!spans) throw this.http.unexpected(answer)
    if (spans.length === 0) throw this.http.failure('not_found', none)
    return spans
  }

  /** The values that an attribute (`resource.service.name`) has had recently. */
  async attributeValues(attribute: string, signal?: AbortSignal): Promise<string[]> {
    const path = `api/v2/search/tag/${encodeURIComponent(attribute)}/values`
    const { tagValues } = this.read(await this.http.request({ path, signal }), tagValuesSchema)
    return (tagValues ?? []).map(({ value }) => value)
  }

  private read<S extends z.ZodType>(answer: HttpAnswer, schema: S): z.output<S> {
    const parsed = schema.safeParse(answer.json)
    if (answer.status !== 200 || answer.json === undefined || !parsed.success) throw this.describe(answer)
    return parsed.data
  }

  /** Tempo explains itself in plain text; only texts that are known to be its own are passed on. */
  private describe(answer: HttpAnswer): DataSourceError {
    const text = answer.plain
    const { http } = this
    if (answer.status === 400 || answer.status === 422) {
      if (/traceql|parse error|syntax error/i.test(text))
        return http.failure('bad_query', `Tempo does not accept the query: ${quoteUpstream(text)}`)
      if (/range specified by start and end/i.test(text))
        return http.failure('too_much', `The time range is too long for Tempo: ${quoteUpstream(text, 200)}`)
    }
    return http.unexpected(answer)
  }
}
