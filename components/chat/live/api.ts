import type { ErrorInfo } from '@/components/chat/live/types'

/** What the server refused, or `network`: it could not be asked. The message is fit for the person to read. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly field?: string
  readonly retryAfterSeconds?: number

  constructor(info: ErrorInfo & { status: number; retryAfterSeconds?: number }) {
    super(info.message)
    this.name = 'ApiError'
    this.code = info.code
    this.status = info.status
    this.field = info.field
    this.retryAfterSeconds = info.retryAfterSeconds
  }
}

export const errorInfo = (error: unknown): ErrorInfo =>
  error instanceof ApiError
    ? { code: error.code, message: error.message, field: error.field }
    : { code: 'internal', message: 'Something went wrong in this page.' }

export interface ApiOptions {
  /** Before every path, without a slash at its end: the base path of the deployment. */
  baseUrl: string
  fetch: typeof fetch
  /** The server no longer knows this user. */
  onSignedOut: () => void
}

export interface RequestOptions {
  body?: unknown
  headers?: Record<string, string>
}

export type Api = <Answer>(method: string, path: string, options?: RequestOptions) => Promise<Answer>

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const refusal = async (response: Response): Promise<ApiError> =>
  refusalIn(response.status, await response.json().catch(() => null), response.headers.get('retry-after'))

/** What a refused call's answer says. */
export function refusalIn(status: number, body: unknown, retryHeader: string | null): ApiError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {}
  const retryAfter = Number(retryHeader)
  return new ApiError({
    status,
    code: typeof error.code === 'string' ? error.code : 'internal',
    message: typeof error.message === 'string' ? error.message : `The server answered with status ${status}.`,
    field: typeof error.field === 'string' ? error.field : undefined,
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  })
}

/** Calls the HTTP API with JSON. The answer's body, or undefined when it has none; every failure is an `ApiError`. */
export function createApi({ baseUrl, fetch, onSignedOut }: ApiOptions): Api {
  return async <Answer>(method: string, path: string, { body, headers }: RequestOptions = {}) => {
    let response: Response
    try {
      response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    } catch {
      throw new ApiError({ status: 0, code: 'network', message: 'The server cannot be reached.' })
    }
    if (response.status === 401) onSignedOut()
    if (!response.ok) throw await refusal(response)
    try {
      const text = await response.text()
      return (text === '' ? undefined : JSON.parse(text)) as Answer
    } catch {
      throw new ApiError({ status: 0, code: 'network', message: 'The connection broke while the answer was read.' })
    }
  }
}
