import { z } from 'zod'
import { DataSourceHttp, type HttpOptions } from '@/lib/datasources/http'
import { describePrometheusError } from '@/lib/datasources/prometheus/errors'
import {
  type Alert,
  alertsSchema,
  type BuildInfo,
  buildInfoSchema,
  type LabelSet,
  labelSetsSchema,
  type MetricMetadata,
  metadataSchema,
  namesSchema,
  type QueryData,
  queryDataSchema,
  type RuleGroup,
  readQueryData,
  rulesSchema,
  type Targets,
  targetsSchema,
} from '@/lib/datasources/prometheus/schemas'
import type { OpenedDataSource } from '@/lib/datasources/types'

export interface Answer<T> {
  data: T
  /** Prometheus' own remarks on an answer that may be partial. */
  warnings: string[]
}

/** Narrows discovery to series that match any selector and have samples in the range. */
export interface Discovery {
  match?: string[]
  /** Unix seconds. */
  from?: number
  to?: number
  limit?: number
}

/** Longer queries are sent as a form: addresses beyond this are refused by some proxies. */
const LONGEST_ADDRESS = 2_000

/**
 * The HTTP API of Prometheus, and of what speaks it. Every method throws `DataSourceError`; an abort of `signal`
 * ends the exchange, and Prometheus cancels the evaluation when the connection closes.
 */
export class PrometheusClient {
  private readonly http: DataSourceHttp

  constructor(source: OpenedDataSource, options: HttpOptions = {}) {
    this.http = new DataSourceHttp(source, options)
  }

  /** The query's value at one point in time (unix seconds). */
  async queryInstant(input: { query: string; time: number }, signal?: AbortSignal): Promise<Answer<QueryData>> {
    const parameters: [string, string][] = [
      ['query', input.query],
      ['time', String(input.time)],
      this.evaluationTimeout,
    ]
    const answer = await this.ask('api/v1/query', queryDataSchema, { parameters, signal, query: input.query })
    return { ...answer, data: readQueryData(answer.data) }
  }

  /** The query's values from `from` to `to` (unix seconds), every `step` seconds. */
  async queryRange(
    input: { query: string; from: number; to: number; step: number },
    signal?: AbortSignal,
  ): Promise<Answer<QueryData>> {
    const parameters: [string, string][] = [
      ['query', input.query],
      ['start', String(input.from)],
      ['end', String(input.to)],
      ['step', String(input.step)],
      this.evaluationTimeout,
    ]
    const answer = await this.ask('api/v1/query_range', queryDataSchema, { parameters, signal, query: input.query })
    return { ...answer, data: readQueryData(answer.data) }
  }

  /** The label sets of matching series; at least one selector is wanted. */
  series(input: Discovery & { match: string[] }, signal?: AbortSignal): Promise<Answer<LabelSet[]>> {
    const parameters = discoveryParameters(input)
    return this.ask('api/v1/series', labelSetsSchema, { parameters, signal, query: input.match.join('\n') })
  }

  labels(input: Discovery = {}, signal?: AbortSignal): Promise<Answer<string[]>> {
    const parameters = discoveryParameters(input)
    return this.ask('api/v1/labels', namesSchema, { parameters, signal, query: input.match?.join('\n') })
  }

  labelValues(label: string, input: Discovery = {}, signal?: AbortSignal): Promise<Answer<string[]>> {
    const path = `api/v1/label/${encodeURIComponent(label)}/values`
    const parameters = discoveryParameters(input)
    return this.ask(path, namesSchema, { parameters, signal, query: input.match?.join('\n'), getOnly: true })
  }

  /** Type, help and unit by metric family; a histogram's family lacks the suffixes of its series. */
  metadata(input: { metric?: string } = {}, signal?: AbortSignal): Promise<Answer<Record<string, MetricMetadata[]>>> {
    const parameters: [string, string][] = input.metric === undefined ? [] : [['metric', input.metric]]
    return this.ask('api/v1/metadata', metadataSchema, { parameters, signal, getOnly: true })
  }

  targets(input: { state?: 'active' | 'dropped' | 'any' } = {}, signal?: AbortSignal): Promise<Answer<Targets>> {
    const parameters: [string, string][] = [['state', input.state ?? 'active']]
    return this.ask('api/v1/targets', targetsSchema, { parameters, signal, getOnly: true })
  }

  rules(input: { type?: 'alert' | 'record' } = {}, signal?: AbortSignal): Promise<Answer<{ groups: RuleGroup[] }>> {
    const parameters: [string, string][] = input.type ? [['type', input.type]] : []
    return this.ask('api/v1/rules', rulesSchema, { parameters, signal, getOnly: true })
  }

  alerts(signal?: AbortSignal): Promise<Answer<{ alerts: Alert[] }>> {
    return this.ask('api/v1/alerts', alertsSchema, { parameters: [], signal, getOnly: true })
  }

  buildInfo(signal?: AbortSignal): Promise<Answer<BuildInfo>> {
    return this.ask('api/v1/status/buildinfo', buildInfoSchema, { parameters: [], signal, getOnly: true })
  }

  /** Prometheus gives up a little before we do, so that its own words arrive. */
  private get evaluationTimeout(): [string, string] {
    return ['timeout', `${Math.max(1, Math.floor(this.http.timeoutMilliseconds * 0.9))}ms`]
  }

  private async ask<S extends z.ZodType>(
    path: string,
    schema: S,
    input: { parameters: [string, string][]; signal?: AbortSignal; query?: string; getOnly?: boolean },
  ): Promise<Answer<z.output<S>>> {
    const { parameters, signal, query } = input
    const form = !input.getOnly && new URLSearchParams(parameters).toString().length > LONGEST_ADDRESS
    const answer = await this.http.request({ method: form ? 'POST' : 'GET', path, parameters, form, signal })
    if (answer.status < 200 || answer.status > 299) throw describePrometheusError(this.http, answer, query)
    const envelope = successSchema.safeParse(answer.json)
    if (!envelope.success) throw describePrometheusError(this.http, answer, query)
    const data = schema.safeParse(envelope.data.data)
    if (!data.success) throw this.http.unexpected(answer)
    return { data: data.data, warnings: [...(envelope.data.warnings ?? []), ...(envelope.data.infos ?? [])] }
  }
}

const successSchema = z.object({
  status: z.literal('success'),
  data: z.unknown().optional(),
  warnings: z.array(z.string()).nullish(),
  infos: z.array(z.string()).nullish(),
})

function discoveryParameters(input: Discovery): [string, string][] {
  const parameters: [string, string][] = (input.match ?? []).map((selector) => ['match[]', selector])
  if (input.from !== undefined) parameters.push(['start', String(input.from)])
  if (input.to !== undefined) parameters.push(['end', String(input.to)])
  // Older versions do not know the limit and ignore it.
  if (input.limit !== undefined) parameters.push(['limit', String(input.limit)])
  return parameters
}
