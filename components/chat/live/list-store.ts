import { type Api, errorInfo } from '@/components/chat/live/api'
import type { ListFacts } from '@/components/chat/live/happenings'
import { sameFields } from '@/components/chat/live/runs'
import { createTopics } from '@/components/chat/live/topics'
import type { LiveEvent, SessionListView, SessionSummary, SwitchView } from '@/components/chat/live/types'

export interface ListRequest {
  /** A `nextCursor`; omitted: the first page. */
  cursor?: string
  /** Searches the titles. The result is only answered; the list stays as it is. */
  q?: string
}

export interface ListPage {
  sessions: SessionSummary[]
  nextCursor: string | null
}

/** An organisation's sessions, the newest changed first: the pages fetched so far, kept up by the live events. */
export interface ListStore {
  organisationId: string
  subscribe: (listener: () => void) => () => void
  view: () => SessionListView
  load: (request?: ListRequest) => Promise<ListPage>
  /** What an administrator switched off in the organisation. */
  switches: () => readonly SwitchView[]
  subscribeSwitches: (listener: () => void) => () => void
  /** Asks for it; later changes come by themselves. */
  loadSwitches: () => Promise<void>
  receive: (event: Extract<LiveEvent, { type: 'org' }>) => void
  /** Fetches the first page again: changes may have been missed. Several calls in a row are one. */
  catchUp: () => void
  put: (session: Partial<SessionSummary> & { id: string }) => void
  remove: (sessionId: string) => void
  /** Ends its timers. */
  pause: () => void
}

export interface ListStoreOptions {
  organisationId: string
  api: Api
  schedule: (work: () => void) => void
  onSubscribers: (count: number) => void
  /** Called with all that it learns. */
  onFacts?: (facts: ListFacts) => void
  patience?: number
}

const byNewest = (left: SessionSummary, right: SessionSummary) =>
  right.updatedAt - left.updatedAt || (left.id < right.id ? 1 : -1)

export function createListStore({
  organisationId,
  api,
  schedule,
  onSubscribers,
  onFacts = () => {},
  patience,
}: ListStoreOptions): ListStore {
  const sessions = new Map<string, SessionSummary>()
  const topics = createTopics(onSubscribers)
  let view: SessionListView = { sessions: [], nextCursor: null, status: 'loading', waitingForMe: null }
  let rest: Omit<SessionListView, 'sessions'> = { nextCursor: null, status: 'loading', waitingForMe: null }
  let hasLoaded = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let scheduled = false
  let switches: readonly SwitchView[] = []
  /** Counts what is known of the switches, so that an answer does not undo what was told meanwhile. */
  let switchesKnown = 0

  function setSwitches(next: readonly SwitchView[]) {
    switchesKnown += 1
    if (JSON.stringify(next) === JSON.stringify(switches)) return
    switches = next
    topics.notify('switches')
  }

  async function loadSwitches() {
    const asked = switchesKnown
    const answer = await api<{ switches: SwitchView[] }>('GET', `/api/switches?org=${organisationId}`)
    if (asked === switchesKnown) setSwitches(answer.switches)
  }

  function publish() {
    scheduled = false
    const sorted = [...sessions.values()].sort(byNewest)
    const isSame =
      sorted.length === view.sessions.length && sorted.every((item, index) => item === view.sessions[index])
    const next = { ...rest, sessions: isSame ? view.sessions : sorted }
    if (sameFields(view, next)) return
    view = next
    topics.notify('list')
  }

  function touch() {
    if (scheduled) return
    scheduled = true
    schedule(publish)
  }

  const pathOf = ({ cursor, q }: ListRequest) => {
    const query = new URLSearchParams({ org: organisationId })
    if (cursor) query.set('cursor', cursor)
    if (q) query.set('q', q)
    return `/api/sessions?${query}`
  }

  /** The first page is all there is down to its last session: what the list has besides above that is gone. */
  function dropGone(page: ListPage) {
    const oldest = page.nextCursor === null ? undefined : page.sessions.at(-1)
    const present = new Set(page.sessions.map(({ id }) => id))
    for (const session of sessions.values()) {
      if (!present.has(session.id) && (!oldest || byNewest(session, oldest) < 0)) sessions.delete(session.id)
    }
  }

  async function load(request: ListRequest = {}): Promise<ListPage> {
    if (request.q) return api<ListPage>('GET', pathOf(request))
    rest = { ...rest, status: 'loading', error: undefined }
    touch()
    try {
      const page = await api<ListPage>('GET', pathOf(request))
      const isFirst = request.cursor === undefined
      if (isFirst) dropGone(page)
      for (const session of page.sessions) sessions.set(session.id, session)
      onFacts({ sessions: page.sessions })
      // Fetching the first page again does not forget how far down the list had come.
      const nextCursor = isFirst && hasLoaded && rest.nextCursor !== null ? rest.nextCursor : page.nextCursor
      rest = {
        nextCursor: isFirst && page.nextCursor === null ? null : nextCursor,
        status: 'ready',
        waitingForMe: rest.waitingForMe,
      }
      hasLoaded = true
      touch()
      return page
    } catch (error) {
      rest = { ...rest, status: 'error', error: errorInfo(error) }
      touch()
      throw error
    }
  }

  return {
    organisationId,
    subscribe: (listener) => topics.subscribe('list', listener),
    view: () => view,
    load,
    switches: () => switches,
    subscribeSwitches: (listener) => topics.subscribe('switches', listener),
    loadSwitches,
    receive: ({ data }) => {
      if (data.switches) setSwitches(data.switches)
      const changed = data.sessions.map((session) => ({ ...sessions.get(session.id), ...session }))
      for (const session of changed) sessions.set(session.id, session)
      onFacts({ sessions: changed, waitingForMe: data.waitingForMe })
      for (const id of data.removed ?? []) sessions.delete(id)
      if (data.waitingForMe) rest = { ...rest, waitingForMe: data.waitingForMe }
      touch()
    },
    catchUp: () => {
      timer ??= setTimeout(() => {
        timer = undefined
        load().catch(() => {}) // The view says so; the next connection tries again.
        loadSwitches().catch(() => {}) // What was known stays.
      }, patience ?? 500)
    },
    put: (change) => {
      const before = sessions.get(change.id)
      if (before) sessions.set(change.id, { ...before, ...change })
      touch()
    },
    remove: (sessionId) => {
      sessions.delete(sessionId)
      touch()
    },
    pause: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
