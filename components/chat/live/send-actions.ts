import { type Api, ApiError } from '@/components/chat/live/api'
import { createHeldMessages, type HeldMessages } from '@/components/chat/live/held'
import { isPassing, type SendHandle, send, unreachable } from '@/components/chat/live/send'
import type { SessionStore } from '@/components/chat/live/session-state'
import type { SendInput, SendResult } from '@/components/chat/live/types'
import { newLocalId, type UnsentBox } from '@/components/chat/live/unsent'

export interface SendActions {
  /**
   * Sends a message; in a session it is shown at once. While the server is out of reach it is held there, and sent
   * under the same key when that has passed; what the server refuses stays with its error.
   */
  send: (input: SendInput) => SendHandle
  /** Sends a held or refused message now, under its first idempotency key. Null when there is none with this id. */
  resend: (sessionId: string, localId: string) => SendHandle | null
  /**
   * Asks a question in the place of an earlier one; resolves when the session shows it, or it waits for a stop. Under the
   * same key it cannot be asked twice. Unlike a sent message nothing is shown before.
   */
  replace: (input: SendInput & { sessionId: string; replaces: string }, key: string) => Promise<SendResult>
  /** Takes an unsent message out of the transcript and answers its text, for the composer. */
  takeBack: (sessionId: string, localId: string) => string | null
  /** Asks for a stop. A run that had already ended is no error. */
  stop: (runId: string) => Promise<void>
  /** Stops what the session is doing: a message that is being sent, else its active run. */
  stopSession: (sessionId: string) => Promise<void>
}

export interface SendSurroundings {
  api: Api
  session: (sessionId: string) => SessionStore
  sessionShowing: (runId: string) => SessionStore | undefined
  unsent: UnsentBox
  isOnline: () => boolean
  /** Milliseconds between attempts to send what is held; tests are in more of a hurry. */
  retryEvery?: number
  /** Milliseconds before one send is first repeated; doubles. */
  firstRetry?: number
}

/** The actions around a message on its way, and what is held until the server is in reach. */
export function createSendActions(around: SendSurroundings): SendActions & { held: HeldMessages } {
  const { api, session, sessionShowing, unsent, isOnline } = around
  const sending = new Map<string, { handle: SendHandle; sessionId: string | undefined }>()
  const sessionOfRun = new Map<string, string>()
  /** The first question of a new session whose fate is not known: asked again it is the same question. */
  let uncertain: { input: string; localId: string } | null = null

  async function stop(runId: string, sessionId = sessionOfRun.get(runId)) {
    const store = sessionId === undefined ? sessionShowing(runId) : session(sessionId)
    store?.setStopping(runId, true)
    try {
      await api('POST', `/api/agent/runs/${encodeURIComponent(runId)}/cancel`, { body: {} })
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) return
      store?.setStopping(runId, false)
      throw error
    }
  }

  function onAccepted(input: SendInput, localId: string, result: SendResult) {
    sending.delete(localId)
    unsent.drop(localId)
    uncertain = null
    sessionOfRun.set(result.runId, result.sessionId)
    // The first message of a new session is shown there before the server's events bring it.
    if (input.sessionId === undefined) session(result.sessionId).beginSend(localId, input.message, input.attachments)
    session(result.sessionId).acceptSend(localId, result)
  }

  function onFailed(input: SendInput, localId: string, error: unknown) {
    sending.delete(localId)
    if (input.sessionId !== undefined) held.failed(localId, error)
    else uncertain = isPassing(error) ? { input: JSON.stringify(input), localId } : null
  }

  function begin(input: SendInput, localId: string): SendHandle {
    if (input.sessionId !== undefined) session(input.sessionId).beginSend(localId, input.message, input.attachments)
    const handle = send(api, input, localId, {
      onAccepted: (_, result) => onAccepted(input, localId, result),
      onFailed: (_, error) => onFailed(input, localId, error),
      stopRun: (runId) => stop(runId),
      firstRetry: around.firstRetry,
    })
    sending.set(localId, { handle, sessionId: input.sessionId })
    return handle
  }

  const held = createHeldMessages({
    unsent,
    session,
    isSending: (localId) => sending.has(localId),
    isOnline,
    begin,
    every: around.retryEvery,
  })

  function sendFirst(input: SendInput): SendHandle {
    const isSame = uncertain?.input === JSON.stringify(input)
    return begin(input, isSame && uncertain ? uncertain.localId : newLocalId())
  }

  /** Behind what is held in its session already, or without a network, it waits at once. */
  function sendIn(sessionId: string, input: SendInput): SendHandle {
    const localId = newLocalId()
    const mustWait = !isOnline() || unsent.ofSession(sessionId).some(({ refusal }) => !refusal)
    unsent.keep({ localId, input, since: Date.now() })
    if (!mustWait) return begin(input, localId)
    session(sessionId).beginSend(localId, input.message, input.attachments)
    held.failed(localId, unreachable())
    void held.send()
    const refused = Promise.reject(unreachable())
    refused.catch(() => {})
    return Object.assign(refused, { localId, stop: () => {} })
  }

  return {
    held,
    send: (input) => (input.sessionId === undefined ? sendFirst(input) : sendIn(input.sessionId, input)),
    resend: (_sessionId, localId) => {
      const message = unsent.get(localId)
      if (!message || sending.has(localId)) return null
      unsent.keep({ ...message, since: Date.now(), refusal: undefined })
      return begin(message.input, localId)
    },
    replace: async (input, key) => {
      const hooks = { onAccepted: () => {}, onFailed: () => {}, stopRun: (runId: string) => stop(runId) }
      const result = await send(api, input, key, hooks)
      sessionOfRun.set(result.runId, result.sessionId)
      // The events bring it too, if they can.
      await session(input.sessionId).load()
      return result
    },
    takeBack: (sessionId, localId) => {
      if (sending.has(localId)) return null
      unsent.drop(localId)
      return session(sessionId).removeFailed(localId)
    },
    stop: (runId) => stop(runId),
    stopSession: async (sessionId) => {
      const last = [...sending.values()].findLast((item) => item.sessionId === sessionId)?.handle
      if (last) {
        last.stop()
        await last
        return
      }
      const { runId, status } = session(sessionId).run()
      if (runId !== null && (status === 'running' || status === 'waiting')) await stop(runId, sessionId)
    },
  }
}
