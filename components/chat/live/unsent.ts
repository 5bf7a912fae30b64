import { type Environment, randomKey } from '@/components/chat/live/environment'
import type { ErrorInfo, SendInput } from '@/components/chat/live/types'
import { storageKey } from '@/components/site'

/** A message of this tab that the server has not accepted, under the key that it is sent with whenever it is. */
export interface UnsentMessage {
  localId: string
  input: SendInput
  /** Unix milliseconds; sent by itself for some minutes from then, later by the person only. */
  since: number
  /** Whose it is: nobody else who signs in in this tab sends it. */
  writer: string
  /** Why it is not tried again by itself. */
  refusal?: ErrorInfo
}

/** This tab's unsent messages, kept over a reload. */
export interface UnsentBox {
  get: (localId: string) => UnsentMessage | undefined
  ofSession: (sessionId: string) => UnsentMessage[]
  all: () => UnsentMessage[]
  keep: (message: Omit<UnsentMessage, 'writer'>) => void
  drop: (localId: string) => void
}

/** Where they are kept: the tab's own storage, so that no other tab sends them too. */
export const UNSENT_KEY = storageKey('unsent')

export const newLocalId = () => `local_${randomKey()}`

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** What an older or damaged page has left behind is dropped, not sent. */
const isUnsent = (value: unknown): value is UnsentMessage =>
  isRecord(value) &&
  typeof value.localId === 'string' &&
  typeof value.since === 'number' &&
  typeof value.writer === 'string' &&
  isRecord(value.input) &&
  typeof value.input.message === 'string' &&
  typeof value.input.organisationId === 'string'

function read(storage: Environment['storage']): UnsentMessage[] {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(UNSENT_KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isUnsent) : []
  } catch {
    return []
  }
}

export function createUnsentBox(storage: Environment['storage'], writer: string): UnsentBox {
  const own = read(storage).filter((message) => message.writer === writer)
  const messages = new Map(own.map((message) => [message.localId, message]))

  function save() {
    try {
      if (messages.size === 0) storage?.removeItem(UNSENT_KEY)
      else storage?.setItem(UNSENT_KEY, JSON.stringify([...messages.values()]))
    } catch {
      // Full or forbidden: they last as long as the page.
    }
  }

  return {
    get: (localId) => messages.get(localId),
    ofSession: (sessionId) => [...messages.values()].filter(({ input }) => input.sessionId === sessionId),
    all: () => [...messages.values()],
    keep: (message) => {
      messages.set(message.localId, { ...message, writer })
      save()
    },
    drop: (localId) => {
      if (messages.delete(localId)) save()
    },
  }
}
