import { type Api, createApi } from '@/components/chat/live/api'
import { type Attention, createAttention } from '@/components/chat/live/attention'
import type { ConnectionTiming } from '@/components/chat/live/connection'
import { createDormancy, type Dormancy } from '@/components/chat/live/dormancy'
import { browserEnvironment, type Environment, randomKey } from '@/components/chat/live/environment'
import { createLink, type Link, linkName, tabLocks } from '@/components/chat/live/leader'
import { createListStore, type ListPage, type ListRequest, type ListStore } from '@/components/chat/live/list-store'
import { createOutageWatch, type Outage, type OutageTiming } from '@/components/chat/live/outage'
import { createPresence, type Presence } from '@/components/chat/live/presence'
import { createQueueActions, type QueueActions } from '@/components/chat/live/queue-actions'
import { createSendActions, type SendActions } from '@/components/chat/live/send-actions'
import type { SessionStore } from '@/components/chat/live/session-state'
import { createSessionStore } from '@/components/chat/live/session-store'
import { createTopics } from '@/components/chat/live/topics'
import type { ConnectionStatus, LiveEvent, SessionMarks, SessionSummary, Watch } from '@/components/chat/live/types'
import { createUnsentBox } from '@/components/chat/live/unsent'
import { createUpload, type Upload } from '@/components/chat/live/upload'

export interface ChatClientOptions {
  /** The deployment's base path, without a slash at its end; empty by default. */
  baseUrl?: string
  /** The signed-in user's id: what they left unsent in this tab is theirs alone. */
  identity?: string
  fetch?: typeof fetch
  environment?: Environment
  /** The server no longer knows this user; the live connection of every tab has ended. */
  onSignedOut?: () => void
  timing?: Partial<ConnectionTiming & OutageTiming> & { held?: number; hidden?: number; gather?: number }
  /** Milliseconds: how long a session stays watched after its last reader went; how long late events are waited for. */
  grace?: number
  patience?: number
}

/** The chat's state in this tab, outside React. Actions reject with an `ApiError`. */
export interface ChatClient extends SendActions, QueueActions {
  session: (sessionId: string) => SessionStore
  list: (organisationId: string) => ListStore
  connection: { subscribe: (listener: () => void) => () => void; status: () => ConnectionStatus }
  /** What a person should know of the connection. */
  outage: { subscribe: (listener: () => void) => () => void; view: () => Outage }
  /** What happened while nobody looked at this tab, and what to notify of. */
  attention: { subscribe: (listener: () => void) => () => void } & Pick<Attention, 'view' | 'onTell'>
  loadOlder: (sessionId: string) => Promise<void>
  renameSession: (sessionId: string, title: string) => Promise<void>
  setVisibility: (sessionId: string, visibility: SessionSummary['visibility']) => Promise<void>
  /** Which model answers there from the next question on; null: the organisation's default. */
  setModel: (sessionId: string, model: string | null) => Promise<void>
  /** Deletes it, to be taken back with `restoreSession` for a few seconds. */
  deleteSession: (sessionId: string) => Promise<void>
  restoreSession: (sessionId: string) => Promise<void>
  /** Pins, archives, or notes what was seen, for the caller alone. */
  markSession: (sessionId: string, marks: SessionMarks) => Promise<void>
  loadSessions: (organisationId: string, request?: ListRequest) => Promise<ListPage>
  /** Makes the thread through this message the current one, for everybody. */
  setThread: (sessionId: string, messageId: string) => Promise<void>
  /** As this client, but the session is the earlier version that this message is in: to be loaded, read and paused. */
  version: (sessionId: string, messageId: string) => ChatClient
  /** For calls of the API that have no action here. */
  request: Api
  upload: Upload
  /** The address of something below the deployment's base path, for links and images. */
  url: (path: string) => string
  /** Ends the live connection of every tab of this browser; call it when the person signs out. */
  signOut: () => void
  /** Joins the browser's live connection. Watching and loading begin with the first reader after it. */
  connect: () => void
  /** Leaves it; everything shown stays as it is. */
  disconnect: () => void
}

const GRACE_MILLISECONDS = 10_000
/** A tab that was hidden for so long watches no conversation. */
const HIDDEN_MILLISECONDS = 10_000
/** So many sessions that nobody reads are kept, to be shown at once when somebody comes back. */
const KEPT_SESSIONS = 20
const path = (sessionId: string, rest = '') => `/api/sessions/${encodeURIComponent(sessionId)}${rest}`

/** Creates a tab's client. It does nothing until `connect`. */
export function createChatClient(options: ChatClientOptions = {}): ChatClient {
  const environment = options.environment ?? browserEnvironment()
  const baseUrl = options.baseUrl ?? ''
  const fetchLike: typeof fetch = options.fetch ?? ((...input) => fetch(...input))
  const grace = options.grace ?? GRACE_MILLISECONDS
  const sessions = new Map<string, SessionStore>()
  const lists = new Map<string, ListStore>()
  /** What is watched: while somebody reads it, and a little longer. */
  const retained = new Map<string, { timer?: ReturnType<typeof setTimeout> }>()
  const readers = new Map<string, { count: number; load: () => void }>()
  const topics = createTopics()
  let status: ConnectionStatus = { state: 'connecting' }
  let link: Link | null = null
  let dormancy: Dormancy | null = null
  const tab = randomKey()
  let presence: Presence | null = null
  const isRead = (key: string) => (readers.get(key)?.count ?? 0) > 0
  const attention = createAttention({
    isHidden: environment.isHidden,
    presence: () => presence,
    shows: (sessionId) => isRead(`session:${sessionId}`),
    onChange: () => topics.notify('attention'),
    gather: options.timing?.gather,
  })
  const outage = createOutageWatch(() => topics.notify('outage'), options.timing)

  function setStatus(next: ConnectionStatus) {
    const isSame = status.state === next.state && !('since' in next)
    status = next
    outage.update(next)
    if (isSame) return
    topics.notify('status')
    if (next.state === 'open') void held.send()
  }

  function onSignedOut() {
    if (link) link.signOut()
    else options.onSignedOut?.()
  }
  const api = createApi({ baseUrl, fetch: fetchLike, onSignedOut })

  function watches(): Watch[] {
    return [...retained.keys()].flatMap((key) => {
      if (key.startsWith('org:')) return [{ key, cursor: null }]
      const cursor = dormancy?.isAsleep() ? undefined : sessions.get(key.slice('session:'.length))?.cursor()
      return cursor === undefined ? [] : [{ key, cursor }]
    })
  }

  function deliverToSession(sessionId: string, event: LiveEvent) {
    if (!retained.has(`session:${sessionId}`)) return
    // Another tab watches it: what went by would leave a gap behind which nothing could be applied.
    if (dormancy?.isAsleep()) dormancy.miss(sessionId)
    else sessions.get(sessionId)?.receive(event)
  }

  function deliver(event: LiveEvent) {
    if (event.type === 'org') lists.get(event.data.organisationId)?.receive(event)
    else if (event.type === 'error') {
      const [kind, id = ''] = (event.data.watch.split('@')[0] ?? '').split(':')
      if (kind === 'session') deliverToSession(id, event)
    } else deliverToSession(event.data.sessionId, event)
  }

  function release(key: string) {
    retained.delete(key)
    link?.refresh()
    const unread = [...sessions.values()].filter((store) => !retained.has(`session:${store.sessionId}`))
    const spare = unread.filter((store) => !store.hasUnsent()).slice(0, -KEPT_SESSIONS)
    for (const store of spare) {
      store.pause()
      sessions.delete(store.sessionId)
      readers.delete(`session:${store.sessionId}`)
    }
  }

  function retain(key: string, load: () => void) {
    if (retained.has(key)) return
    retained.set(key, {})
    load()
  }

  /** Loads and watches from the first reader on; without readers for a while, no longer. */
  function onSubscribers(key: string, count: number, load: () => void) {
    const wasRead = isRead(key)
    readers.set(key, { count, load })
    // A thread subscribes hundreds of times: the other tabs are told of the first and the last.
    if (wasRead !== isRead(key)) presence?.announce()
    const entry = retained.get(key)
    clearTimeout(entry?.timer)
    if (count === 0) {
      if (entry) entry.timer = setTimeout(() => release(key), grace)
    } else if (link) retain(key, load)
  }

  function session(sessionId: string): SessionStore {
    const existing = sessions.get(sessionId)
    if (existing) return existing
    const key = `session:${sessionId}`
    const store = createSessionStore({
      sessionId,
      api,
      schedule: environment.schedule,
      patience: options.patience,
      onLoaded: () => link?.refresh([key]),
      onSubscribers: (count) => onSubscribers(key, count, () => void store.load()),
    })
    sessions.set(sessionId, store)
    held.restore(store)
    return store
  }

  function list(organisationId: string): ListStore {
    const existing = lists.get(organisationId)
    if (existing) return existing
    const store = createListStore({
      organisationId,
      api,
      schedule: environment.schedule,
      patience: options.patience,
      onFacts: (facts) => attention.see(organisationId, facts),
      onSubscribers: (count) =>
        onSubscribers(`org:${organisationId}`, count, () => {
          link?.refresh()
          store.load().catch(() => {}) // The view says so.
          store.loadSwitches().catch(() => {}) // A refused call says what the banner could not.
        }),
    })
    lists.set(organisationId, store)
    return store
  }

  function onOpen(keys: string[]) {
    const wasBroken = status.state === 'reconnecting' || status.state === 'offline'
    if (!wasBroken) return
    for (const [organisationId, store] of lists) {
      // An organisation's watch has no cursor, and tells nobody of what was deleted while nothing was open.
      if (keys.includes(`org:${organisationId}`)) store.catchUp()
    }
  }

  function join() {
    if (link) return
    presence = createPresence({
      environment,
      tab,
      locks: tabLocks(baseUrl),
      channel: `${linkName(baseUrl)}:presence`,
      own: () => ({
        visible: !environment.isHidden(),
        leads: link?.isLeader() ?? false,
        sessions: [...sessions.keys()].filter((id) => isRead(`session:${id}`)),
        organisations: [...lists.keys()].filter((id) => isRead(`org:${id}`)),
      }),
      onChange: attention.othersChanged,
    })
    link = createLink({
      baseUrl,
      tab,
      onLead: () => presence?.announce(),
      fetch: fetchLike,
      environment,
      timing: options.timing,
      watches,
      onEvent: deliver,
      onStatus: setStatus,
      onOpen,
      onSignedOut: () => {
        leave()
        options.onSignedOut?.()
      },
    })
  }

  function leave() {
    link?.close()
    link = null
    presence?.close()
    presence = null
  }

  const { held, ...sendActions } = createSendActions({
    api,
    session,
    sessionShowing: (runId) => [...sessions.values()].find((store) => store.run().runId === runId),
    unsent: createUnsentBox(environment.storage, options.identity ?? ''),
    isOnline: environment.isOnline,
    retryEvery: options.timing?.held,
    firstRetry: options.timing?.firstRetry,
  })

  let stopPage = () => {}

  async function patchSession(sessionId: string, change: Partial<SessionSummary>) {
    await api('PATCH', path(sessionId), { body: change })
    session(sessionId).setSession(change)
    for (const store of lists.values()) store.put({ id: sessionId, ...change })
  }

  const client: ChatClient = {
    session,
    list,
    connection: { subscribe: (listener) => topics.subscribe('status', listener), status: () => status },
    outage: { subscribe: (listener) => topics.subscribe('outage', listener), view: outage.view },
    attention: {
      subscribe: (listener) => topics.subscribe('attention', listener),
      view: attention.view,
      onTell: attention.onTell,
    },
    ...sendActions,
    ...createQueueActions(api, session),
    loadOlder: (sessionId) => session(sessionId).loadOlder(),
    renameSession: (sessionId, title) => patchSession(sessionId, { title }),
    setVisibility: (sessionId, visibility) => patchSession(sessionId, { visibility }),
    setModel: async (sessionId, model) => {
      await api('PATCH', path(sessionId), { body: { model } })
      session(sessionId).setSession({ model })
    },
    setThread: async (sessionId, messageId) => {
      await api('PATCH', path(sessionId), { body: { branch: messageId } })
      await session(sessionId).load()
    },
    version: (sessionId, messageId) => {
      const { schedule } = environment
      const nothing = () => {}
      const version = createSessionStore({
        sessionId,
        branch: messageId,
        api,
        schedule,
        onLoaded: nothing,
        onSubscribers: nothing,
      })
      const chosen = (id: string) => (id === sessionId ? version : session(id))
      return { ...client, session: chosen, loadOlder: (id) => chosen(id).loadOlder() }
    },
    deleteSession: async (sessionId) => {
      await api('POST', path(sessionId, '/trash'))
      for (const store of lists.values()) store.remove(sessionId)
    },
    restoreSession: async (sessionId) => {
      await api('DELETE', path(sessionId, '/trash'))
      for (const store of lists.values()) store.catchUp()
    },
    markSession: async (sessionId, marks) => {
      await api('PATCH', path(sessionId, '/marks'), { body: marks })
      const { seen, seenRun: _run, ...shown } = marks
      const change = { id: sessionId, ...shown, ...(seen === undefined ? {} : { unread: false }) }
      for (const store of lists.values()) store.put(change)
    },
    loadSessions: (organisationId, request) => list(organisationId).load(request),
    request: api,
    upload: createUpload({ baseUrl, onSignedOut }),
    url: (path) => `${baseUrl}${path}`,
    signOut: onSignedOut,
    connect: () => {
      if (link) return
      join()
      const stopLeave = environment.onLeave(leave)
      const stopReturn = environment.onReturn(join)
      const stopWake = environment.onWake(() => void held.send())
      const stopHidden = environment.onHidden(() => {
        attention.hidden()
        presence?.announce()
      })
      const stopShown = environment.onWake(() => {
        if (!environment.isHidden()) attention.shown()
        presence?.announce()
      })
      const hidden = createDormancy({
        environment,
        after: options.timing?.hidden ?? HIDDEN_MILLISECONDS,
        onAsleep: () => link?.refresh(),
        onAwake: (missed) => {
          for (const sessionId of missed) void sessions.get(sessionId)?.load()
          link?.refresh()
        },
      })
      dormancy = hidden
      stopPage = () => {
        stopLeave()
        stopReturn()
        stopWake()
        hidden.stop()
        stopHidden()
        stopShown()
        attention.stop()
      }
      // React mounts readers before the provider above them.
      for (const [key, { count, load }] of readers) if (count > 0) retain(key, load)
    },
    disconnect: () => {
      stopPage()
      leave()
      for (const { timer } of retained.values()) clearTimeout(timer)
      retained.clear()
      outage.pause()
      held.pause()
      for (const store of lists.values()) store.pause()
      for (const store of sessions.values()) store.pause()
    },
  }
  return client
}
