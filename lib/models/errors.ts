export type ModelErrorCode =
  | 'model_unreachable'
  | 'model_rate_limited'
  | 'model_overloaded'
  | 'model_auth'
  | 'model_bad_request'
  | 'model_context_too_long'
  | 'model_timeout'
  | 'model_interrupted'
  | 'model_protocol'
  /** Raised before any call: not even the least that must be sent fits into the window. */
  | 'context_too_long'

/**
 * What went wrong with a call of a language model, in words of our own. It has no `cause` on purpose: the provider's
 * errors carry the whole request and the upstream's body, and either may hold secrets that must not reach a log.
 */
export class ModelError extends Error {
  readonly code: ModelErrorCode
  /** The same call may succeed if it is made again. */
  readonly retryable: boolean
  /** The upstream's HTTP status, when there was an answer. */
  readonly status?: number
  /** How long the upstream asked to wait. */
  readonly retryAfterMilliseconds?: number
  /** The upstream refuses to summarise its reasoning; it may answer without. */
  readonly refusesSummaries: boolean

  constructor(
    code: ModelErrorCode,
    message: string,
    retryable = false,
    details: { status?: number; retryAfterMilliseconds?: number; refusesSummaries?: boolean } = {},
  ) {
    super(message)
    this.name = 'ModelError'
    this.code = code
    this.retryable = retryable
    this.status = details.status
    this.retryAfterMilliseconds = details.retryAfterMilliseconds
    this.refusesSummaries = details.refusesSummaries ?? false
  }
}

export const isModelError = (error: unknown): error is ModelError => error instanceof ModelError
