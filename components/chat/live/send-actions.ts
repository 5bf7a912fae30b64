import { type Api, ApiError } from '@/components/chat/live/api'
import { randomKey } from '@/components/chat/live/environment'
import { type SendHandle, send } from '@/components/chat/live/send'
import type { SessionStore } from '@/components/chat/live/session-state'
import type { SendInput, SendResult } from '@/components/chat/live/types'

export interface SendActions {
  /** Sends a message; in a session it is shown at once, and stays with its error if it cannot be sent. */
  send: (input: SendInput) => SendHandle
  /** Sends a failed message again, under its first idempotency key. Null when there is none with this id. */
  resend: (sessionId: string, localId: string) => SendHandle | null
  /** Takes a failed message out of the transcript and answers its text, for the composer. */
  takeBack: (sessionId: string, localId: string) => string | null
  /** Asks for a stop. A run that had already ended is no error. */
  stop: (runId: string) => Promise<void>
  /** Stops what the session is doing: a message that is being sent, else its active run. */
  stopSession: (sessionId: string) => Promise<void>
}

/** The actions around a message on its way. */
export function createSendActions(
  api: Api,
  session: (sessionId: string) => SessionStore,
  sessionShowing: (runId: string) => SessionStore | undefined,
): SendActions {
  const inputs = new Map<string, SendInput>()
  const sending = new Map<string, SendHandle>()
  const sessionOfRun = new Map<string, string>()

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

  function onAccepted(localId: string, result: SendResult) {
    const input = inputs.get(localId)
    sessionOfRun.set(result.runId, result.sessionId)
    // The first message of a new session is shown there before the server's events bring it.
    if (input && input.sessionId === undefined) session(result.sessionId).beginSend(localId, input.message)
    session(result.sessionId).acceptSend(localId, result)
    inputs.delete(localId)
    sending.delete(localId)
  }

  function begin(input: SendInput, localId: string): SendHandle {
    inputs.set(localId, input)
    if (input.sessionId !== undefined) session(input.sessionId).beginSend(localId, input.message)
    const handle = send(api, input, localId, {
      onAccepted,
      onFailed: (_, error) => {
        sending.delete(localId)
        if (input.sessionId === undefined) inputs.delete(localId)
        else session(input.sessionId).failSend(localId, error)
      },
      stopRun: (runId) => stop(runId),
    })
    sending.set(localId, handle)
    return handle
  }

  return {
    send: (input) => begin(input, `local_${randomKey()}`),
    resend: (_sessionId, localId) => {
      const input = inputs.get(localId)
      return input && !sending.has(localId) ? begin(input, localId) : null
    },
    takeBack: (sessionId, localId) => {
      if (sending.has(localId)) return null
      inputs.delete(localId)
      return session(sessionId).removeFailed(localId)
    },
    stop: (runId) => stop(runId),
    stopSession: async (sessionId) => {
      const underWay = [...sending].filter(([localId]) => inputs.get(localId)?.sessionId === sessionId)
      const last = underWay.at(-1)?.[1]
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
