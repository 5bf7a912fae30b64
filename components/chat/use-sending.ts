'use client'

import { useCallback, useRef, useState } from 'react'
import type { SendMessage } from '@/components/chat/composer'
import { type SendResult, useClient } from '@/components/chat/live'
import { isPassing, type SendHandle } from '@/components/chat/live/send'
import { useMaybeHead, useMaybeRun } from '@/components/chat/use-maybe-session'
import { toastError } from '@/components/ui/toaster'

interface SendingInput {
  organisationId: string
  sessionId: string | null
  /** The model of a new session; null: the default. */
  model: string | null
  /** Called with every accepted message. */
  onAccepted: (result: SendResult) => void
}

/** Sends messages and stops what runs, from the moment of sending on, before anything of the run is known here. */
export function useSending({ organisationId, sessionId, model, onAccepted }: SendingInput) {
  const client = useClient()
  const head = useMaybeHead(sessionId)
  const run = useMaybeRun(sessionId)
  const inFlight = useRef<SendHandle | null>(null)
  const [stoppingSend, setStoppingSend] = useState(false)
  const [newest, setNewest] = useState<SendResult | null>(null)

  // A session that has just come into being: its run is known by its id only until the session is loaded.
  const isUnseen =
    newest?.status === 'running' &&
    newest.sessionId === sessionId &&
    newest.runId !== run?.runId &&
    head?.status === 'loading'

  const send: SendMessage = async (message, whenBusy, attachments) => {
    const place = sessionId === null ? { model: model ?? undefined } : { sessionId }
    const handle = client.send({ organisationId, ...place, message, whenBusy, attachments })
    inFlight.current = handle
    try {
      const result = await handle
      setNewest(result)
      onAccepted(result)
      return 'sent'
    } catch (error) {
      // Out of reach: the message waits in the thread, and goes under the same key. A refusal gives the text back.
      if (sessionId !== null && isPassing(error)) return 'kept'
      if (sessionId !== null) client.takeBack(sessionId, handle.localId)
      throw error
    } finally {
      inFlight.current = null
      setStoppingSend(false)
    }
  }

  const stop = useCallback(async () => {
    try {
      if (inFlight.current) {
        setStoppingSend(true)
        inFlight.current.stop()
      } else if (isUnseen && newest) await client.stop(newest.runId)
      else if (sessionId !== null) await client.stopSession(sessionId)
    } catch (error) {
      toastError('Not stopped', error)
    }
  }, [client, isUnseen, newest, sessionId])

  const busy = isUnseen || run?.status === 'running' || run?.status === 'waiting'
  return { send, stop, busy, stopping: stoppingSend || (busy && run?.stopping === true) }
}
