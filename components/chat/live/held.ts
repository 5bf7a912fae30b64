import { errorInfo } from '@/components/chat/live/api'
import { isPassing, type SendHandle } from '@/components/chat/live/send'
import type { SessionStore } from '@/components/chat/live/session-state'
import type { SendInput } from '@/components/chat/live/types'
import type { UnsentBox, UnsentMessage } from '@/components/chat/live/unsent'

/** Messages that wait until the server is in reach. */
export interface HeldMessages {
  /** A message could not be sent: it is held, or kept as refused. */
  failed: (localId: string, error: unknown) => void
  /** Shows what an earlier life of this page left unsent in a session. */
  restore: (store: SessionStore) => void
  /** Sends what is held, one after the other; stops at the first that cannot be sent. Never rejects. */
  send: () => Promise<void>
  /** Ends its timer. */
  pause: () => void
}

export interface HeldOptions {
  unsent: UnsentBox
  session: (sessionId: string) => SessionStore
  isSending: (localId: string) => boolean
  isOnline: () => boolean
  begin: (input: SendInput, localId: string) => SendHandle
  every?: number
}

/** A question that is older than this may no longer be what its writer wants to know: they are asked. */
export const HOLD_MILLISECONDS = 10 * 60_000
const RETRY_MILLISECONDS = 5_000
const TOO_OLD = { code: 'too_old', message: 'it waited for the server for ten minutes.' }

export function createHeldMessages(options: HeldOptions): HeldMessages {
  const { unsent, session } = options
  let timer: ReturnType<typeof setTimeout> | undefined
  let sending: Promise<void> | null = null

  const isHeld = ({ localId, refusal }: UnsentMessage) => !refusal && !options.isSending(localId)
  const storeOf = ({ input }: UnsentMessage) => (input.sessionId === undefined ? null : session(input.sessionId))

  function refuse(message: UnsentMessage, refusal: NonNullable<UnsentMessage['refusal']>) {
    unsent.keep({ ...message, refusal })
    storeOf(message)?.failSend(message.localId, refusal)
  }

  function later() {
    clearTimeout(timer)
    if (unsent.all().some(isHeld)) timer = setTimeout(() => void sendAll(), options.every ?? RETRY_MILLISECONDS)
  }

  async function sendEach() {
    for (const message of unsent.all().filter(isHeld)) {
      if (Date.now() - message.since >= HOLD_MILLISECONDS) {
        refuse(message, TOO_OLD)
        continue
      }
      // It may have been taken back, or sent by hand, while the one before was on its way.
      if (!options.isOnline() || !unsent.get(message.localId) || options.isSending(message.localId)) continue
      try {
        await options.begin(message.input, message.localId)
      } catch (error) {
        if (isPassing(error)) return
      }
    }
  }

  function sendAll(): Promise<void> {
    clearTimeout(timer)
    sending ??= sendEach().finally(() => {
      sending = null
      later()
    })
    return sending
  }

  return {
    failed: (localId, error) => {
      const message = unsent.get(localId)
      if (!message) return
      if (!isPassing(error)) return refuse(message, errorInfo(error))
      storeOf(message)?.holdSend(localId)
      later()
    },
    restore: (store) => {
      for (const { localId, input, refusal } of unsent.ofSession(store.sessionId)) {
        store.beginSend(localId, input.message, input.attachments)
        if (refusal) store.failSend(localId, refusal)
        else store.holdSend(localId)
      }
    },
    send: sendAll,
    pause: () => clearTimeout(timer),
  }
}
