import type { ClientRequest } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { Connection } from '@/lib/mcp/connect'
import { McpFailure, toFailure } from '@/lib/mcp/failures'
import type { ToolCallInput } from '@/lib/mcp/types'
import { Exchange, exchanges } from '@/lib/mcp/wire'

/** Results are read leniently: one malformed tool or block must not cost all the others. */
const looseResult = z.looseObject({})

export interface RequestOptions {
  /** Milliseconds without an answer; progress begins it anew. */
  timeout: number
  /** Milliseconds after which progress no longer helps. */
  hardTimeout: number
  signal: AbortSignal | null
  onProgress?: ToolCallInput['onProgress']
}

/** Long enough for `notifications/cancelled` to go out before the exchange is cut. */
const CUT_AFTER = 1000
const NEVER = 2 ** 31 - 1

/**
 * Sends one request and waits for its result, a deadline, an abort or a broken connection, whichever comes first. Both
 * deadline and abort send `notifications/cancelled`. Throws `McpFailure`.
 */
export function request(
  connection: Connection,
  message: ClientRequest,
  options: RequestOptions,
): Promise<Record<string, unknown>> {
  const { signal, onProgress } = options
  const exchange = new Exchange()
  const abort = new AbortController()
  const began = Date.now()
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>()
  let timer: NodeJS.Timeout | undefined
  let settled = false

  const settle = (finish: () => void, cutAfter: number) => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
    setTimeout(() => exchange.cut.abort(), cutAfter).unref()
    finish()
  }
  const stop = (failure: McpFailure, cutAfter: number) =>
    settle(() => {
      reject(failure)
      abort.abort(failure.kind)
    }, cutAfter)
  const cancel = () => stop(new McpFailure('cancelled', 'was told to stop: the call was cancelled'), CUT_AFTER)
  const startTimer = () => {
    clearTimeout(timer)
    const left = Math.min(options.timeout, began + options.hardTimeout - Date.now())
    timer = setTimeout(() => {
      const seconds = Math.round((Date.now() - began) / 100) / 10
      stop(new McpFailure('timeout', `did not answer within ${seconds} s`), CUT_AFTER)
    }, left)
  }

  if (signal?.aborted) return Promise.reject(new McpFailure('cancelled', 'was not called: cancelled', { unsent: true }))
  signal?.addEventListener('abort', cancel, { once: true })
  exchange.onFailure = (failure) => stop(failure, 0)
  startTimer()
  const sent = exchanges.run(exchange, () =>
    connection.client.request(message, looseResult, {
      signal: abort.signal,
      timeout: NEVER,
      onprogress: onProgress
        ? (progress) => {
            if (settled) return
            startTimer()
            onProgress(progress)
          }
        : undefined,
    }),
  )
  sent.then(
    (result) => settle(() => resolve(result), CUT_AFTER),
    (error: unknown) => settle(() => reject(connection.failure ?? toFailure(error)), 0),
  )
  return promise
}
