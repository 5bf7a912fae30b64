import { z } from 'zod'
import { DataSourceError, quoteUpstream } from '@/lib/datasources/errors'
import { DataSourceHttp, type HttpAnswer, type HttpOptions } from '@/lib/datasources/http'
import type { OpenedDataSource } from '@/lib/datasources/types'

const labelSet = z.record(z.string(), z.string())
const alertSchema = z.object({
  labels: labelSet,
  annotations: labelSet.default({}),
  startsAt: z.string(),
  endsAt: z.string().default(''),
  fingerprint: z.string(),
  receivers: z.array(z.object({ name: z.string() })).default([]),
  status: z.object({
    state: z.string(),
    silencedBy: z.array(z.string()).nullish(),
    inhibitedBy: z.array(z.string()).nullish(),
  }),
})
export type ManagedAlert = z.output<typeof alertSchema>

const matcherSchema = z.object({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean().default(true),
})
export type Matcher = z.output<typeof matcherSchema>

const silenceSchema = z.object({
  id: z.string(),
  matchers: z.array(matcherSchema),
  startsAt: z.string(),
  endsAt: z.string(),
  createdBy: z.string().default(''),
  comment: z.string().default(''),
  status: z.object({ state: z.string() }),
})
export type Silence = z.output<typeof silenceSchema>

export interface NewSilence {
  matchers: Matcher[]
  /** RFC3339. */
  startsAt: string
  endsAt: string
  createdBy: string
  comment: string
}

/** The API v2 of Alertmanager. Every method throws `DataSourceError`. */
export class AlertmanagerClient {
  private readonly http: DataSourceHttp

  constructor(source: OpenedDataSource, options: HttpOptions = {}) {
    this.http = new DataSourceHttp(source, options)
  }

  /** `filter` holds matchers such as `severity="critical"`; all must hold. */
  async alerts(
    input: { filter?: string[]; silenced: boolean; inhibited: boolean },
    signal?: AbortSignal,
  ): Promise<ManagedAlert[]> {
    const parameters: [string, string][] = [
      ['active', 'true'],
      ['silenced', String(input.silenced)],
      ['inhibited', String(input.inhibited)],
      ...filters(input.filter),
    ]
    return this.read(await this.http.request({ path: 'api/v2/alerts', parameters, signal }), z.array(alertSchema))
  }

  async silences(input: { filter?: string[] } = {}, signal?: AbortSignal): Promise<Silence[]> {
    const parameters = filters(input.filter)
    return this.read(await this.http.request({ path: 'api/v2/silences', parameters, signal }), z.array(silenceSchema))
  }

  /**
   * Makes a silence and answers its id. It is sent once; when the answer is lost the error says that the outcome is
   * unknown, because the silence may exist.
   */
  async createSilence(silence: NewSilence, signal?: AbortSignal): Promise<string> {
    try {
      const answer = await this.http.request({ method: 'POST', path: 'api/v2/silences', json: silence, signal })
      return this.read(answer, z.object({ silenceID: z.string().min(1) })).silenceID
    } catch (error) {
      const unknown = ['timeout', 'cancelled', 'unreachable', 'unexpected']
      if (!(error instanceof DataSourceError) || !error.sent || !unknown.includes(error.failure)) throw error
      throw this.http.failure(
        error.failure,
        `${error.message} Whether the silence was made is unknown: look with list_silences before trying again.`,
        error,
      )
    }
  }

  private read<S extends z.ZodType>(answer: HttpAnswer, schema: S): z.output<S> {
    // Alertmanager explains a refused request in a bare JSON string.
    if ((answer.status === 400 || answer.status === 422) && typeof answer.json === 'string')
      throw this.http.failure('bad_query', `Alertmanager does not accept this: ${quoteUpstream(answer.json)}`)
    const parsed = schema.safeParse(answer.json)
    if (answer.status !== 200 || !parsed.success) throw this.http.unexpected(answer)
    return parsed.data
  }
}

const filters = (filter: string[] = []) => filter.map((matcher): [string, string] => ['filter', matcher])
