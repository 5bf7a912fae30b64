import { type LongwatchMessage, messageIdOf } from '@/lib/agent/events'

/** The order of a session's messages, and those that the server has stored. */
export interface Transcript {
  ids: () => readonly string[]
  get: (id: string) => LongwatchMessage | undefined
  has: (id: string) => boolean
  /** It was shown, or would have been, in a thread that is no longer the current one. */
  isReplaced: (id: string) => boolean
  /**
   * The newest messages as the server has them. Older ones stay if the page has them up to there; answers if so.
   * `otherThread`: they are of another one than what the page has, so what stands behind them goes.
   */
  load: (messages: LongwatchMessage[], otherThread?: boolean) => { joined: boolean }
  prepend: (messages: LongwatchMessage[]) => void
  /** A message was stored in this place. */
  place: (message: LongwatchMessage, position: number) => void
  /** Drops what stands between `after` (null: the beginning) and the message. False: `after` is not here. */
  clearFor: (message: LongwatchMessage, after: string | null) => boolean
  /** A message that is being folded stands at the end until it is stored. */
  appendLive: (id: string) => boolean
  /** Takes messages out that were live and will not be stored. */
  dropLive: (isOver: (id: string) => boolean) => void
}

const answerTo = (message: LongwatchMessage | undefined) =>
  message?.role === 'user' && message.metadata?.runId ? messageIdOf(message.metadata.runId) : undefined

export function createTranscript(): Transcript {
  const stored = new Map<string, LongwatchMessage>()
  const positions = new Map<string, number>()
  /** The events of a run may lag behind the message that replaced its question. */
  const replaced = new Set<string>()
  let ids: string[] = []
  let isLoaded = false

  function replace(gone: readonly string[]) {
    for (const id of gone) {
      const answer = answerTo(stored.get(id))
      for (const one of answer ? [id, answer] : [id]) replaced.add(one)
      stored.delete(id)
      positions.delete(id)
    }
  }

  function bringBack(message: LongwatchMessage) {
    replaced.delete(message.id)
    const answer = answerTo(message)
    if (answer) replaced.delete(answer)
  }

  return {
    ids: () => ids,
    get: (id) => stored.get(id),
    has: (id) => stored.has(id),
    isReplaced: (id) => replaced.has(id),
    load: (messages, otherThread = false) => {
      const loaded = new Set(messages.map(({ id }) => id))
      // Of another thread only what stands before its first message here is known to belong to it.
      const first = otherThread ? ids.indexOf(messages[0]?.id ?? '') : ids.findIndex((id) => loaded.has(id))
      const last = ids.findLastIndex((id) => loaded.has(id))
      const older = ids.slice(0, Math.max(first, 0))
      // What came by event while the answer travelled is newer than the answer.
      const behind = ids.slice(last + 1).filter((id) => first >= 0 || !isLoaded || !stored.has(id))
      const newer = otherThread ? [] : behind
      isLoaded = true
      const now = [...older, ...messages.map(({ id }) => id), ...newer]
      const kept = new Set(now)
      if (otherThread) replace(ids.filter((id) => !kept.has(id)))
      for (const message of messages) {
        stored.set(message.id, message)
        bringBack(message)
      }
      ids = now
      for (const id of stored.keys()) if (!kept.has(id)) stored.delete(id)
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
      bringBack(message)
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
    clearFor: (message, after) => {
      const begin = after === null ? 0 : ids.indexOf(after) + 1
      if (after !== null && begin === 0) return false
      const own = ids.indexOf(message.id)
      // Where it is already, what stands behind it came after it.
      const end = own < 0 ? ids.length : own
      const answer = answerTo(message)
      const gone = ids.slice(begin, end).filter((id) => id !== answer)
      if (gone.length === 0) return true
      const isGone = new Set(gone)
      replace(gone)
      ids = ids.filter((id) => !isGone.has(id))
      return true
    },
    appendLive: (id) => {
      // Asked for each event of a run, whose message is the last.
      if (ids.at(-1) === id || ids.includes(id) || replaced.has(id)) return false
      ids = [...ids, id]
      return true
    },
    dropLive: (isOver) => {
      ids = ids.filter((id) => stored.has(id) || !isOver(id))
    },
  }
}
