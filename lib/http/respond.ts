import type { Logger } from 'pino'
import { type ErrorCode, LongwatchError } from '@/lib/errors'
import { Answer } from '@/lib/http/answer'

/** The one place where codes become statuses. */
const STATUS: Record<ErrorCode, number> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  payload_too_large: 413,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
}

/** JSON that nobody caches. */
export function jsonAnswer(
  value: unknown,
  status: number,
  requestId: string,
  headers: Record<string, string> = {},
): Answer {
  const body = status === 204 || value === undefined ? null : JSON.stringify(value)
  return new Answer(body, {
    status,
    headers: {
      ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...headers,
    },
  })
}

/**
 * The answer to an error. A `LongwatchError` speaks for itself; anything else is logged with the request's id, and the
 * caller learns that id only.
 */
export function errorAnswer(error: unknown, requestId: string, logger: Logger): Answer {
  const known =
    error instanceof LongwatchError
      ? error
      : new LongwatchError('internal', 'Something went wrong here. The log knows more under this request id.')
  if (known.code === 'internal') logger.error({ err: error, requestId }, 'A request failed unexpectedly')
  else if (known.code === 'unavailable') logger.warn({ err: error, requestId }, 'A dependency was away')
  const headers: Record<string, string> = {}
  if (known.code === 'rate_limited' || known.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.ceil(known.retryAfterSeconds ?? 1))
  }
  if (known.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  const body = {
    error: {
      code: known.code,
      message: known.message,
      field: known.field,
      dependency: known.dependency,
      requestId,
    },
  }
  return jsonAnswer(body, STATUS[known.code], requestId, headers)
}

/** A file that is written while it is read: pieces are made as the client takes them. A failure breaks it off. */
export function textDownload(
  pieces: AsyncGenerator<string, void>,
  file: { mediaType: string; fileName: string; requestId: string; onFailure: (error: unknown) => void },
): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        file.onFailure(error)
        controller.error(new Error('The download broke off.'))
      }
    },
    cancel: () => void pieces.return(),
  })
  return new Response(body, {
    headers: {
      'content-type': file.mediaType,
      'content-disposition': disposition(file.fileName),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': file.requestId,
    },
  })
}

/**
 * Somebody's file. It is never taken for another type than the one that is said, runs nothing, and is asked for again
 * each time, so that who may no longer read it does not; who has it already is not sent it twice.
 */
export function fileResponse(
  request: Pick<Request, 'headers'>,
  content: Buffer,
  file: { mediaType: string; fileName: string; inline: boolean; tag: string; requestId: string },
): Response {
  const etag = `"${file.tag}"`
  const headers = {
    'cache-control': 'private, no-cache',
    etag,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'x-request-id': file.requestId,
  }
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
  return new Response(new Uint8Array(content), {
    headers: {
      ...headers,
      'content-type': file.mediaType,
      'content-length': String(content.length),
      'content-disposition': disposition(file.fileName, file.inline ? 'inline' : 'attachment'),
    },
  })
}

/** RFC 6266: the plain form for old clients, and the whole name. */
function disposition(fileName: string, kind: 'attachment' | 'inline' = 'attachment'): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, '_')
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`
}
