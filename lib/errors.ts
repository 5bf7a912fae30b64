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
 * Route handlers, pages and instrumentation are separate module graphs, each with classes of its own; what a shared
 * service throws must be known in all of them, so these two are recognised by a mark and not by identity.
 */
const MARK = Symbol.for('longwatch.error')

const markOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { [MARK]?: unknown })[MARK] : undefined

/** Makes `instanceof` go by the mark; classes that extend this one still go by identity. */
function recognise(type: object, matches: (mark: unknown) => boolean): void {
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: object, value: unknown) {
      return this === type ? matches(markOf(value)) : Function.prototype[Symbol.hasInstance].call(this, value)
    },
  })
}

/**
 * The one base class of every error that Longwatch raises on purpose. Its message is written for the person who
 * sees it and never contains an upstream's or a driver's own text.
 */
export class LongwatchError extends Error {
  readonly [MARK]: 'error' | 'store' = 'error'
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
    Object.defineProperty(this, MARK, { enumerable: false })
  }
}

/** The store did not answer, or it is not known whether it applied a commit. */
export class StoreUnavailable extends LongwatchError {
  constructor(message = 'The store cannot be reached.', cause?: unknown) {
    super('unavailable', message, { dependency: 'store', cause })
    this.name = 'StoreUnavailable'
    Object.defineProperty(this, MARK, { value: 'store' })
  }
}

recognise(LongwatchError, (mark) => mark !== undefined)
recognise(StoreUnavailable, (mark) => mark === 'store')

export const badRequest = (field: string, message: string) => new LongwatchError('bad_request', message, { field })
export const notFound = (what: string) => new LongwatchError('not_found', `No such ${what}.`)
export const forbidden = (message: string) => new LongwatchError('forbidden', message)
export const conflict = (message: string) => new LongwatchError('conflict', message)
