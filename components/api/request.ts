import { withBasePath } from '@/lib/base-path'

/** What the server said was wrong, or that it could not be reached. */
export class RequestError extends Error {
  readonly code: string
  readonly status: number
  readonly field?: string

  constructor(code: string, status: number, message: string, field?: string) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.status = status
    this.field = field
  }
}

const UNREACHABLE = 'The server cannot be reached. Check the connection and try again.'

/** A sentence for the person, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof TypeError) return UNREACHABLE
  if (error instanceof Error && error.message) return error.message
  return 'Something went wrong.'
}

type ErrorBody = { error?: { code?: string; message?: string; field?: string } }

/** Calls the API (a path within the application) and answers its JSON (`undefined` for 204). Throws `RequestError`. */
export async function requestJson<T>(
  path: string,
  init: { method?: string; body?: unknown; signal?: AbortSignal } = {},
) {
  let response: Response
  try {
    response = await fetch(withBasePath(path), {
      method: init.method ?? 'GET',
      headers: init.body === undefined ? undefined : { 'content-type': 'application/json' },
      body: init.body === undefined ? undefined : JSON.stringify(init.body),
      signal: init.signal,
    })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new RequestError('unreachable', 0, UNREACHABLE)
  }
  if (response.status === 204) return undefined as T
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) {
    const said = (body as ErrorBody | null)?.error
    throw new RequestError(
      said?.code ?? 'internal',
      response.status,
      said?.message ?? `The server answered ${response.status}.`,
      said?.field,
    )
  }
  return body as T
}
