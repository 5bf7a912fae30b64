import { DataSourceError, type DataSourceFailure } from '@/lib/datasources/errors'
import type { OpenedDataSource } from '@/lib/datasources/types'
import { refusalIn } from '@/lib/network/refused'

export interface HttpOptions {
  /** For the whole exchange, body included. */
  timeoutMilliseconds?: number
  /** Of the decoded body. */
  maxBytes?: number
}

export interface HttpRequest {
  method?: 'GET' | 'POST'
  /** Below the data source's own path, for example `api/v1/query`. */
  path: string
  parameters?: [name: string, value: string][]
  /** Sends the parameters as a form. Ignored when `json` is given. */
  form?: boolean
  json?: unknown
  signal?: AbortSignal
}

export interface HttpAnswer {
  status: number
  /** The parsed body, or undefined when it is not JSON. */
  json: unknown
  /** The body of a `text/plain` answer; some data sources explain themselves that way. Empty otherwise. */
  plain: string
  retryAfterSeconds: number | null
}

export const DEFAULT_TIMEOUT_MILLISECONDS = 25_000
export const DEFAULT_MAX_BYTES = 8 * 1024 * 1024
const MAX_REDIRECTS = 3

/** HTTP to one data source: its base path, its credentials, a deadline, a bounded body, no redirect to strangers. */
export class DataSourceHttp {
  readonly source: OpenedDataSource
  readonly timeoutMilliseconds: number
  readonly maxBytes: number

  constructor(source: OpenedDataSource, options: HttpOptions = {}) {
    this.source = source
    this.timeoutMilliseconds = options.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  }

  /** The answer, whatever its status. Throws `DataSourceError` when there is none to be had. */
  async request(input: HttpRequest): Promise<HttpAnswer> {
    const deadline = AbortSignal.timeout(this.timeoutMilliseconds)
    const signal = input.signal ? AbortSignal.any([deadline, input.signal]) : deadline
    try {
      const response = await this.send(input, signal)
      const body = await this.readBody(response)
      const type = response.headers.get('content-type') ?? ''
      return {
        status: response.status,
        json: parseJson(body),
        plain: type.startsWith('text/plain') ? body : '',
        retryAfterSeconds: readRetryAfter(response.headers.get('retry-after')),
      }
    } catch (error) {
      if (error instanceof DataSourceError) throw error
      if (input.signal?.aborted) throw this.failure('cancelled', `The request to ${this.label} was cancelled.`)
      if (deadline.aborted)
        throw this.failure(
          'timeout',
          `${this.label} did not answer within ${this.timeoutMilliseconds / 1000} s. Ask for less: a shorter time range, fewer series or a simpler query.`,
        )
      const refused = refusalIn(error)
      if (refused) throw this.failure('refused', `${this.label} is not asked. ${refused.message}`)
      const { words, connected } = describeNetworkError(error)
      const message = `${this.label} cannot be reached: ${words}.`
      throw new DataSourceError('unreachable', message, { source: this.source.name, cause: error, sent: connected })
    }
  }

  failure(failure: DataSourceFailure, message: string, cause?: unknown) {
    return new DataSourceError(failure, message, { source: this.source.name, cause })
  }

  /** What to say of an answer that is none of this kind of data source's; never its body. */
  unexpected(answer: HttpAnswer): DataSourceError {
    const { status } = answer
    const { label } = this
    if (status === 401 || status === 403)
      return this.failure('refused', `${label} refused our credentials (HTTP ${status}). An admin must check them.`)
    if (status === 404)
      return this.failure(
        'unexpected',
        `${label} has no such endpoint (HTTP 404). Its address may lack a path, or this version does not offer it.`,
      )
    if (status === 413)
      return this.failure('too_much', `${label} found the request too large (HTTP 413). Shorten the query.`)
    if (status === 429 || status === 503) {
      const wait = answer.retryAfterSeconds === null ? 'Try again later' : `Try again in ${answer.retryAfterSeconds} s`
      return this.failure('busy', `${label} takes no more requests at the moment (HTTP ${status}). ${wait}.`)
    }
    if (status === 502 || status === 504)
      return this.failure('unreachable', `A gateway in front of ${label} got no answer from it (HTTP ${status}).`)
    if (status < 300 && answer.json === undefined)
      return this.failure(
        'unexpected',
        `What answers at the address of ${label} is not JSON: probably a sign-in page, a proxy or the wrong address. An admin must check it.`,
      )
    return this.failure('unexpected', `${label} gave an answer that cannot be read (HTTP ${status}).`)
  }

  private get label() {
    return `The data source “${this.source.name}” (${this.source.type})`
  }

  private async send(input: HttpRequest, signal: AbortSignal): Promise<Response> {
    let { url, headers } = this.prepare(input.path)
    let method = input.method ?? 'GET'
    let body: string | undefined
    const parameters = new URLSearchParams(input.parameters)
    if (input.json !== undefined) {
      body = JSON.stringify(input.json)
      headers.set('content-type', 'application/json')
    } else if (input.form) {
      body = parameters.toString()
      headers.set('content-type', 'application/x-www-form-urlencoded')
    }
    if (!input.form) for (const [name, value] of parameters) url.searchParams.append(name, value)

    const fetch = this.source.fetch ?? globalThis.fetch
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' })
      if (![301, 302, 303, 307, 308].includes(response.status)) return response
      await response.body?.cancel()
      const location = response.headers.get('location')
      const next = location !== null && URL.canParse(location, url) ? new URL(location, url) : null
      if (!next || next.origin !== url.origin)
        throw this.failure(
          'unexpected',
          `${this.label} redirects elsewhere, which is not followed (HTTP ${response.status}). It may want a sign-in or https; an admin must set its final address.`,
        )
      if (response.status < 307 && method === 'POST') {
        // What browsers do; a lookup in form fields would lose them, and a write must not be repeated as a read.
        if (body !== undefined && input.json !== undefined)
          throw this.failure('unexpected', `${this.label} redirects a write, which is not followed.`)
        method = 'GET'
        body = undefined
        headers = new Headers(headers)
        headers.delete('content-type')
        for (const [name, value] of parameters) if (!next.searchParams.has(name)) next.searchParams.append(name, value)
      }
      url = next
    }
    throw this.failure('unexpected', `${this.label} redirects in a circle. An admin must check its address.`)
  }

  private prepare(path: string): { url: URL; headers: Headers } {
    const { source } = this
    if (!URL.canParse(source.url) || !/^https?:/i.test(source.url))
      throw this.failure('unreachable', `The address of ${this.label} is not an http or https address.`)
    const url = new URL(source.url)
    const headers = new Headers({ accept: 'application/json' })
    let { credentials } = source
    if (credentials.kind === 'unreadable')
      throw this.failure(
        'refused',
        `The stored credentials of ${this.label} cannot be opened; an admin must enter them again.`,
      )
    if (credentials.kind === 'none' && url.username)
      credentials = {
        kind: 'basic',
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      }
    url.username = ''
    url.password = ''
    url.hash = ''
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
    if (credentials.kind === 'basic')
      headers.set(
        'authorization',
        `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`,
      )
    if (credentials.kind === 'bearer') headers.set('authorization', `Bearer ${credentials.token}`)
    return { url, headers }
  }

  private async readBody(response: Response): Promise<string> {
    if (!response.body) return ''
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      // Leaving the loop cancels the stream.
      if (bytes > this.maxBytes)
        throw this.failure(
          'too_much',
          `The answer of ${this.label} is larger than ${formatBytes(this.maxBytes)}. Ask for less: aggregate (sum by, topk), select fewer series, shorten the time range or widen the step.`,
        )
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}

const formatBytes = (bytes: number) =>
  bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${Math.round(bytes / 1024)} KiB`

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readRetryAfter(value: string | null): number | null {
  if (value === null) return null
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) : null
}

/** While connecting: nothing was sent. */
const CONNECT_ERRORS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up at the moment',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
const CONNECTION_ERRORS: Record<string, string> = {
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'there is no route to its host',
  ENETUNREACH: 'there is no route to its host',
}

/** A network error in plain words, from its code alone: the texts of the platform may carry addresses. */
function describeNetworkError(error: unknown): { words: string; connected: boolean } {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : ''
    const connecting = CONNECT_ERRORS[code]
    if (connecting) return { words: connecting, connected: false }
    const words = CONNECTION_ERRORS[code]
    if (words) return { words, connected: true }
  }
  return { words: 'the connection failed', connected: true }
}
