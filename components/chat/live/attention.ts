import { createHappenings, type Happening, type ListFacts } from '@/components/chat/live/happenings'
import type { Presence } from '@/components/chat/live/presence'

/** What a hidden tab's title tells. */
export interface AttentionView {
  /** So many conversations have ended, or wait, since the tab was hidden. */
  conversations: number
  /** One of them waits for the person. */
  waits: boolean
}

export interface Attention {
  /** An organisation's list has learnt something. */
  see: (organisationId: string, facts: ListFacts) => void
  hidden: () => void
  shown: () => void
  /** The other tabs are others, or elsewhere. */
  othersChanged: () => void
  view: () => AttentionView
  /** Told of what to notify of: in one tab only, and only while nobody looks at any. */
  onTell: (listener: (organisationId: string, happenings: Happening[]) => void) => () => void
  stop: () => void
}

export interface AttentionOptions {
  isHidden: () => boolean
  presence: () => Presence | null
  /** This tab shows the session. */
  shows: (sessionId: string) => boolean
  onChange: () => void
  /** Milliseconds for which happenings are gathered, and in which a tab that is just being shown speaks up. */
  gather?: number
}

interface Item {
  organisationId: string
  happening: Happening
}

/** `away`: what has happened since the tab was hidden, by the happening's id. */
type State = { kind: 'looking' } | { kind: 'away'; items: Map<string, Item> }

const GATHER_MILLISECONDS = 400
const NOTHING: AttentionView = { conversations: 0, waits: false }

export function createAttention(options: AttentionOptions): Attention {
  const { presence, shows } = options
  const organisations = new Map<string, ReturnType<typeof createHappenings>>()
  const listeners = new Set<(organisationId: string, happenings: Happening[]) => void>()
  const due = new Map<string, Item>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let state: State = options.isHidden() ? { kind: 'away', items: new Map() } : { kind: 'looking' }
  let view = NOTHING

  const isShown = ({ happening }: Item) => happening.sessionId !== null && shows(happening.sessionId)

  /** Each conversation is counted in the tabs that show it, or else in one. */
  function counts(item: Item): boolean {
    if (isShown(item)) return true
    const among = presence()
    const { sessionId } = item.happening
    if (sessionId !== null && among?.isShownElsewhere(sessionId)) return false
    return among?.speaksFor(item.organisationId) ?? true
  }

  function publish() {
    const items = state.kind === 'away' ? [...state.items.values()].filter(counts) : []
    const conversations = new Set(items.map(({ happening }) => happening.sessionId ?? happening.id)).size
    const waits = items.some(({ happening }) => happening.kind === 'waits')
    if (view.conversations === conversations && view.waits === waits) return
    view = { conversations, waits }
    options.onChange()
  }

  function tell() {
    timer = undefined
    const items = [...due.values()]
    due.clear()
    if (!options.isHidden() || presence()?.isSeenElsewhere()) return
    for (const [organisationId] of organisations) {
      const own = items.filter((item) => item.organisationId === organisationId)
      if (own.length === 0 || !(presence()?.speaksFor(organisationId) ?? true)) continue
      for (const listener of listeners) {
        listener(
          organisationId,
          own.map(({ happening }) => happening),
        )
      }
    }
  }

  return {
    see: (organisationId, facts) => {
      const known = organisations.get(organisationId) ?? createHappenings()
      organisations.set(organisationId, known)
      const { happened, dealtWith } = known.see(facts)
      if (state.kind === 'looking') return
      for (const id of dealtWith) {
        state.items.delete(id)
        due.delete(id)
      }
      for (const happening of happened) {
        const item = { organisationId, happening }
        // Who looks at another tab learns of it there, also when they leave that a moment later.
        const isForMe = (happening.kind === 'waits' || happening.mine) && !presence()?.isSeenElsewhere()
        if (isForMe || isShown(item)) state.items.set(happening.id, item)
        if (isForMe) due.set(happening.id, item)
      }
      if (due.size > 0) timer ??= setTimeout(tell, options.gather ?? GATHER_MILLISECONDS)
      publish()
    },
    hidden: () => {
      if (state.kind === 'looking') state = { kind: 'away', items: new Map() }
    },
    shown: () => {
      state = { kind: 'looking' }
      due.clear()
      publish()
    },
    othersChanged: () => {
      if (state.kind === 'away' && presence()?.isSeenElsewhere()) {
        // Who looks at another tab sees the list there; what this tab alone shows stays marked.
        for (const [id, item] of state.items) if (!isShown(item)) state.items.delete(id)
      }
      publish()
    },
    view: () => view,
    onTell: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
