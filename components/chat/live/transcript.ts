import type { LongwatchMessage } from '@/lib/agent/events'

/** The order of a session's messages, and those that the server has stored. */
export interface Transcript {
  ids: () => readonly string[]
  get: (id: string) => LongwatchMessage | undefined
  has: (id: string) => boolean
  /** The newest messages as the server has them. Older ones stay if the page has them up to there; answers if so. */
  load: (messages: LongwatchMessage[]) => { joined: boolean }
  prepend: (messages: LongwatchMessage[]) => void
  /** A message was stored in this place. */
  place: (message: LongwatchMessage, position: number) => void
  /** A message that is being folded stands at the end until it is stored. */
  appendLive: (id: string) => boolean
  /** Takes messages out that were live and will not be stored. */
  dropLive: (isOver: (id: string) => boolean) => void
}

export function createTranscript(): Transcript {
  const stored = new Map<string, LongwatchMessage>()
  const positions = new Map<string, number>()
  let ids: string[] = []
  let isLoaded = false

  return {
    ids: () => ids,
    get: (id) => stored.get(id),
    has: (id) => stored.has(id),
    load: (messages) => {
      const loaded = new Set(messages.map(({ id }) => id))
      const first = ids.findIndex((id) => loaded.has(id))
      const last = ids.findLastIndex((id) => loaded.has(id))
      const older = ids.slice(0, Math.max(first, 0))
      // What came by event while the answer travelled is newer than the answer.
      const newer = ids.slice(last + 1).filter((id) => first >= 0 || !isLoaded || !stored.has(id))
      isLoaded = true
      for (const message of messages) stored.set(message.id, message)
      ids = [...older, ...messages.map(({ id }) => id), ...newer]
      for (const id of stored.keys()) if (!ids.includes(id)) stored.delete(id)
      return { joined: first >= 0 }
    },
    prepend: (messages) => {
      const unknown = messages.filter(({ id }) => !ids.includes(id))
      for (const message of unknown) stored.set(message.id, message)
      ids = [...unknown.map(({ id }) => id), ...ids]
    },
    place: (message, position) => {
      const isInPlace = stored.has(message.id)
      stored.set(message.id, message)
      positions.set(message.id, position)
      if (isInPlace) return
      const others = ids.filter((id) => id !== message.id)
      const behind = others.findIndex((id) => (positions.get(id) ?? -1) > position)
      const before = others.findLastIndex((id) => (positions.get(id) ?? Number.POSITIVE_INFINITY) < position)
      const live = others.findIndex((id, index) => index > before && !stored.has(id))
      // An asked question goes before the answer that is being written, a settled answer stays where it was written.
      const wasAt = ids.indexOf(message.id)
      const free = wasAt >= 0 ? Math.max(wasAt, before + 1) : live >= 0 ? live : others.length
      const at = behind >= 0 ? behind : free
      ids = others.toSpliced(at, 0, message.id)
    },
    appendLive: (id) => {
      if (ids.includes(id)) return false
      ids = [...ids, id]
      return true
    },
    dropLive: (isOver) => {
      ids = ids.filter((id) => stored.has(id) || !isOver(id))
    },
  }
}
