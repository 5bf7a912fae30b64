/** The codes that leave the house; `lib/http/respond.ts` maps each to one status. */
export type ErrorCode =
  | 'bad_request' // 400, names the field
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'conflict' // 409
  | 'gone' // 410
  | 'payload_too_large' // 413
  | 'rate_limited' // 429, with retryAfterSeconds
  | 'unavailable' // 503, names the dependency
  | 'internal' // 500

export interface ErrorDetails {
  /** The request's field at fault. */
  field?: string
  retryAfterSeconds?: number
  /** For `unavailable`: what is away ("store", "model", "mcp:grafana"). */
  dependency?: string
  cause?: unknown
}

/**
 * The one base class of every error that Longwatch raises on purpose. Its message is written for the person who
 * sees it and never contains an upstream's or a driver's own text.
 */
export class LongwatchError extends Error {
  readonly code: ErrorCode
  readonly field?: string
  readonly retryAfterSeconds?: number
  readonly dependency?: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'LongwatchError'
    this.code = code
    this.field = details.field
    this.retryAfterSeconds = details.retryAfterSeconds
    this.dependency = details.dependency
  }
}

/** The store did not answer, or it is not known whether it applied a commit. */
export class StoreUnavailable extends LongwatchError {
  constructor(message = 'The store cannot be reached.', cause?: unknown) {
    super('unavailable', message, { dependency: 'store', cause })
    this.name = 'StoreUnavailable'
  }
}

export const badRequest = (field: string, message: string) => new LongwatchError('bad_request', message, { field })
export const notFound = (what: string) => new LongwatchError('not_found', `No such ${what}.`)
export const forbidden = (message: string) => new LongwatchError('forbidden', message)
export const conflict = (message: string) => new LongwatchError('conflict', message)
