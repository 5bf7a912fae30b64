import { type Api, ApiError } from '@/components/chat/live/api'
import type { SendInput, SendResult } from '@/components/chat/live/types'

/** The promise of a sent message's run, and what can be done meanwhile. */
export interface SendHandle extends Promise<SendResult> {
  /** The optimistic message's id in the session's transcript. */
  localId: string
  /** Stops the run as soon as its id is known, also while the request is still under way. */
  stop: () => void
}

export interface SendHooks {
  onAccepted: (localId: string, result: SendResult) => void
  onFailed: (localId: string, error: unknown) => void
  stopRun: (runId: string) => Promise<void>
  /** Milliseconds before the first repetition; doubles. */
  firstRetry?: number
}

const MAX_ATTEMPTS = 5
const PASSING = new Set([0, 502, 503, 504])

/** A broken connection or a passing outage: the same may be asked again later. */
export const isPassing = (error: unknown) => error instanceof ApiError && PASSING.has(error.status)

export const unreachable = () => new ApiError({ status: 0, code: 'network', message: 'The server cannot be reached.' })

/** Asks again after a broken connection or a passing outage: the key makes the repeated request the same run. */
async function post(api: Api, input: SendInput, key: string, firstRetry: number): Promise<SendResult> {
  const { organisationId, attachments = [], ...rest } = input
  // A question that replaces another takes its files over unless it names its own, or none.
  const names = attachments.length > 0 || (input.attachments && input.replaces !== undefined)
  const files = names ? { attachments: attachments.map(({ id }) => id) } : {}
  const body = { ...rest, ...files, orgId: organisationId }
  for (let attempt = 1; ; attempt++) {
    try {
      return await api<SendResult>('POST', '/api/agent/runs', { body, headers: { 'idempotency-key': key } })
    } catch (error) {
      if (!isPassing(error) || attempt === MAX_ATTEMPTS) throw error
      const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
      const pause = Math.max(firstRetry * 2 ** (attempt - 1), asked)
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, 5_000)))
    }
  }
}

/** Sends a message. `key` is the send's idempotency key and its local id: sending again with it cannot ask twice. */
export function send(api: Api, input: SendInput, key: string, hooks: SendHooks): SendHandle {
  let isStopped = false
  let result: SendResult | null = null
  const run = async () => {
    try {
      result = await post(api, input, key, hooks.firstRetry ?? 250)
    } catch (error) {
      hooks.onFailed(key, error)
      throw error
    }
    hooks.onAccepted(key, result)
    if (isStopped) await hooks.stopRun(result.runId).catch(() => {}) // The run view goes back from `stopping`.
    return result
  }
  const stop = () => {
    isStopped = true
    if (result) void hooks.stopRun(result.runId).catch(() => {})
  }
  const promise = run()
  // The failed message shows the failure: whoever does not wait for the promise need not handle it.
  promise.catch(() => {})
  return Object.assign(promise, { localId: key, stop })
}
