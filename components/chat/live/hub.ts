import { boundWatches, formatCursor, isBehind, olderCursor } from '@/components/chat/live/cursors'
import type { LiveEvent, Watch } from '@/components/chat/live/types'

/**
 * The leader's book of what its tabs watch and how far the shared stream is. A tab that joins a watch in which the
 * stream is further than the tab makes the next connection begin at the tab's cursor; the others drop what they have.
 */
export interface Hub {
  /** The tab's whole list. True when the connection must be made anew for it. */
  want: (tab: string, watches: Watch[], fresh: string[]) => boolean
  /** Keeps only these tabs. True when a watch fell away with the others. */
  keep: (tabs: Set<string>) => boolean
  /** What to connect with now. */
  watches: () => Watch[]
  /** A connection with these watches was accepted. */
  opened: (watches: Watch[]) => void
  delivered: (event: LiveEvent) => void
}

export function createHub(): Hub {
  const tabs = new Map<string, Set<string>>()
  /** Where the shared stream is, per watch that it carries. */
  const positions = new Map<string, string | null>()
  /** Cursors of tabs that joined since; the next connection begins at the oldest. */
  const joining = new Map<string, string | null>()

  const wanted = () => new Set([...tabs.values()].flatMap((keys) => [...keys]))

  function dropUnwanted(): boolean {
    const still = wanted()
    let dropped = false
    for (const key of positions.keys()) {
      if (still.has(key)) continue
      positions.delete(key)
      dropped = true
    }
    for (const key of joining.keys()) if (!still.has(key)) joining.delete(key)
    return dropped
  }

  function join(key: string, cursor: string | null): boolean {
    const position = positions.get(key)
    const isInStep = position !== undefined && (position === cursor || isBehind(position, cursor))
    if (isInStep && !joining.has(key)) return false
    joining.set(key, joining.has(key) ? olderCursor(joining.get(key) ?? null, cursor) : cursor)
    return true
  }

  return {
    want: (tab, watches, fresh) => {
      const before = tabs.get(tab) ?? new Set()
      tabs.set(tab, new Set(watches.map(({ key }) => key)))
      let changed = dropUnwanted()
      for (const { key, cursor } of watches) {
        if (!before.has(key) || fresh.includes(key)) changed = join(key, cursor) || changed
      }
      return changed
    },
    keep: (alive) => {
      for (const tab of tabs.keys()) if (!alive.has(tab)) tabs.delete(tab)
      return dropUnwanted()
    },
    watches: () =>
      boundWatches(
        [...wanted()].map((key) => {
          const position = positions.get(key) ?? null
          return { key, cursor: joining.has(key) ? olderCursor(position, joining.get(key) ?? null) : position }
        }),
      ),
    opened: (watches) => {
      for (const { key, cursor } of watches) {
        const joined = joining.get(key)
        // A tab that joined while the request was under way, from further back, waits for the next one.
        if (joined === undefined || !isBehind(joined, cursor) || joined === null) joining.delete(key)
        positions.set(key, cursor)
      }
    },
    delivered: (event) => {
      if (event.type === 'run') {
        const key = `session:${event.data.sessionId}`
        positions.set(key, formatCursor({ runId: event.data.runId, n: event.data.n }))
      }
    },
  }
}
