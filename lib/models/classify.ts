import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from '@ai-sdk/provider'
import { ModelError } from '@/lib/models/errors'
import { retryAfterMilliseconds } from '@/lib/models/retry-after'
import { refusalIn } from '@/lib/network/refused'

const MESSAGES = {
  unreachable: 'The language model cannot be reached.',
  rateLimited: 'The language model is receiving too many requests.',
  quota: 'The quota of the language model is used up.',
  overloaded: 'The language model is overloaded or failing.',
  auth: 'The language model refused the configured key.',
  notFound: 'The language model or its address does not exist.',
  badRequest: 'The language model refused the request.',
  contextTooLong: 'The conversation is too long for the language model.',
  interrupted: 'The language model broke off in the middle of its answer.',
  protocol: 'The language model answered with something that is not a valid response.',
  address: 'The configured address of the language model is not valid.',
}

/** Turns whatever the provider threw or streamed as an error into a coded error without any upstream text. */
export function classifyModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error
  const refused = refusalIn(error)
  if (refused) return new ModelError('model_bad_request', `The language model is not called. ${refused.message}`)
  if (APICallError.isInstance(error)) return classifyCall(error)
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error))
    return new ModelError('model_protocol', MESSAGES.protocol)
  if (InvalidResponseDataError.isInstance(error)) return new ModelError('model_interrupted', MESSAGES.interrupted)
  if (error instanceof TypeError && (error as { code?: unknown }).code === 'ERR_INVALID_URL')
    return new ModelError('model_bad_request', MESSAGES.address)
  // undici says "terminated" when the connection is lost while the body is read.
  if (error instanceof TypeError) return new ModelError('model_interrupted', MESSAGES.interrupted, true)
  return classifyStreamed(error)
}

function classifyCall(error: APICallError): ModelError {
  const status = error.statusCode
  if (status === undefined) return new ModelError('model_unreachable', MESSAGES.unreachable, true)
  if (status < 400) {
    return error.isRetryable
      ? new ModelError('model_interrupted', MESSAGES.interrupted, true, { status })
      : new ModelError('model_protocol', MESSAGES.protocol, false, { status })
  }
  const wait = retryAfterMilliseconds(error.responseHeaders, Date.now())
  return byStatus(status, hints(error.data) || (error.responseBody ?? '').slice(0, 2000), wait)
}

/** An `error` part in the stream: a plain object of the upstream's, or one the OpenAI provider annotated. */
function classifyStreamed(error: unknown): ModelError {
  const record = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const status = [record.statusCode, record.code, record.status]
    .map(Number)
    .find((value) => value >= 400 && value < 600)
  const text = hints(error)
  if (status !== undefined) return byStatus(status, text)
  if (/rate_?limit|insufficient_quota/i.test(text)) return byStatus(429, text)
  if (/overloaded|server_error|unavailable/i.test(text)) return byStatus(503, text)
  if (isContextTooLong(text)) return byStatus(400, text)
  return new ModelError('model_interrupted', MESSAGES.interrupted)
}

function byStatus(status: number, text: string, wait?: number): ModelError {
  const details = { status, retryAfterMilliseconds: wait }
  if (status === 401 || status === 403) return new ModelError('model_auth', MESSAGES.auth, false, details)
  if (status === 402 || (status === 429 && /insufficient_quota/i.test(text)))
    return new ModelError('model_rate_limited', MESSAGES.quota, false, details)
  if (status === 429) return new ModelError('model_rate_limited', MESSAGES.rateLimited, true, details)
  if (status >= 500 || status === 408) return new ModelError('model_overloaded', MESSAGES.overloaded, true, details)
  if (isContextTooLong(text)) return new ModelError('model_context_too_long', MESSAGES.contextTooLong, false, details)
  if (status === 404) return new ModelError('model_bad_request', MESSAGES.notFound, false, details)
  const refusesSummaries = /reasoning\.summary|reasoning summar/i.test(text)
  return new ModelError('model_bad_request', MESSAGES.badRequest, false, { ...details, refusesSummaries })
}

const isContextTooLong = (text: string) =>
  /context[_ ]length|context[_ ]window|context size|maximum context|prompt is too long|too many tokens|input is too long/i.test(
    text,
  )

/** Code, type and message of an upstream's error, for deciding only; never shown. */
function hints(data: unknown): string {
  if (typeof data !== 'object' || data === null) return typeof data === 'string' ? data.slice(0, 2000) : ''
  const { error, response, code, type, param, message } = data as Record<string, unknown>
  const own = [code, type, param, message]
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(' ')
  return `${own} ${hints(error)} ${hints(response)}`.trim().slice(0, 4000)
}
