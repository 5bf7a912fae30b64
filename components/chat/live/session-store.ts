import { ApiError, errorInfo } from '@/components/chat/live/api'
import { formatCursor } from '@/components/chat/live/cursors'
import { createPending } from '@/components/chat/live/pending'
import { createRuns } from '@/components/chat/live/runs'
import type { SessionState, SessionStore, SessionStoreOptions } from '@/components/chat/live/session-state'
import { createSessionViews } from '@/components/chat/live/session-views'
import { createTranscript } from '@/components/chat/live/transcript'
import type { LiveEvent, SessionAnswer, SessionInfo } from '@/components/chat/live/types'
import { messageIdOf } from '@/lib/agent/events'

function pathOf(sessionId: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const search = new URLSearchParams(given).toString()
  return `/api/sessions/${encodeURIComponent(sessionId)}${search && `?${search}`}`
}

const infoOf = (answer: SessionAnswer): SessionInfo => {
  const {
    activeRun: _run,
    messages: _messages,
    messagesCursor: _cursor,
    queue: _queue,
    version: _version,
    ...info
  } = answer
  return info
}

export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const { sessionId, branch, api } = options
  const patience = options.patience ?? 1_000
  const state: SessionState = {
    sessionId,
    status: 'loading',
    session: null,
    activeRun: null,
    queue: [],
    messagesCursor: null,
    loadingOlder: false,
    stopping: new Set(),
    transcript: createTranscript(),
    runs: createRuns(),
    pending: createPending(),
  }
  const { transcript, runs, pending } = state
  const views = createSessionViews(state, options.schedule, options.onSubscribers)
  let version = 0
  /** Of what is shown; undefined until it was loaded. */
  let thread: number | undefined
  let loading: Promise<void> | null = null
  let again = false
  let arrivedMeanwhile: LiveEvent[] = []
  let checkTimer: ReturnType<typeof setTimeout> | undefined
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let paused = false

  function isSettled(runId: string): boolean {
    const messageId = messageIdOf(runId)
    const isOver = transcript.has(messageId) || transcript.isReplaced(messageId)
    return isOver && state.activeRun?.runId !== runId
  }

  /** While it is being fetched, events wait to be applied to the answer: only then is it known whether one is missing. */
  function reload() {
    if (!loading) void load()
  }

  /** Head and events travel apart. If they still disagree after a while, something was missed. */
  function checkLater() {
    checkTimer ??= setTimeout(() => {
      checkTimer = undefined
      const newest = runs.newest()
      const lacksRun = state.activeRun !== null && !runs.get(state.activeRun.runId)
      const lacksEnd = newest !== null && !newest.fold.ended && newest.runId !== state.activeRun?.runId
      if (lacksRun || lacksEnd || (pending.hasAccepted() && state.activeRun === null)) reload()
    }, patience)
  }

  function applySession({ data }: Extract<LiveEvent, { type: 'session' }>) {
    if (data.version < version) return
    const isMissingMessages = data.snapshot && state.session && data.session.messageCount > state.session.messageCount
    version = data.version
    state.session = { ...state.session, ...data.session }
    state.queue = data.queue ?? []
    const { activeRunId } = data.session
    const ended = activeRunId !== null && runs.get(activeRunId)?.ended
    const activeRun =
      data.activeRun ?? (activeRunId && !ended ? { runId: activeRunId, status: 'running' as const } : null)
    if (activeRun === null || activeRun.runId !== state.activeRun?.runId || data.activeRun) state.activeRun = activeRun
    views.touch('head', 'queue', 'run')
    const isOther = thread !== undefined && data.session.thread !== undefined && data.session.thread !== thread
    if (isMissingMessages || isOther) reload()
    checkLater()
  }

  function applyRun({ data }: Extract<LiveEvent, { type: 'run' }>) {
    const outcome = runs.receive(data, isSettled(data.runId))
    if (outcome === 'gap') reload()
    if (outcome !== 'folded') return
    const messageId = messageIdOf(data.runId)
    if (transcript.appendLive(messageId)) views.touch('ids')
    views.touch('run', `message:${messageId}`)
    if (!runs.get(data.runId)?.ended) return
    state.stopping.delete(data.runId)
    if (state.activeRun?.runId === data.runId) state.activeRun = null
    views.touch('head')
    checkLater()
  }

  /** What a message replaces goes. False: that does not stand here, so the session is read anew. */
  function makeRoom({ data }: Extract<LiveEvent, { type: 'message' }>): boolean {
    const { after, message, position } = data
    if (after === undefined) return true
    if (!transcript.clearFor(message, after)) {
      reload()
      return false
    }
    thread = position
    if (after === null) state.messagesCursor = null
    views.touch('ids', 'head')
    return true
  }

  function apply(event: LiveEvent) {
    if (event.type === 'session') applySession(event)
    if (event.type === 'log' && !runs.follow(event.data)) {
      views.touch('run', `message:${messageIdOf(event.data.runId)}`)
      // One that is under way may answer with what was before.
      void load()
    }
    if (event.type === 'run') applyRun(event)
    if (event.type === 'message' && makeRoom(event)) {
      transcript.place(event.data.message, event.data.position)
      pending.resolve(event.data.message)
      const messageCount = Math.max(state.session?.messageCount ?? 0, event.data.position)
      if (state.session) state.session = { ...state.session, messageCount }
      runs.forget(isSettled)
      views.touch('ids', 'run', `message:${event.data.message.id}`)
    }
    if (event.type === 'error') {
      const isMissing = ['not_found', 'forbidden'].includes(event.data.error.code)
      if (isMissing) state.status = 'missing'
      state.error = event.data.error
      views.touch('head')
      // Any other refusal is about the cursor or a passing trouble: begin from the server's state.
      if (!isMissing) retryLater()
    }
  }

  function receive(event: LiveEvent) {
    if (loading) arrivedMeanwhile.push(event)
    if (!loading || state.status === 'ready') apply(event)
  }

  function retryLater() {
    clearTimeout(retryTimer)
    retryTimer = setTimeout(() => void load(), Math.min(10_000, patience * 2 ** Math.min(failures++, 10)))
  }

  function adopt(answer: SessionAnswer, acceptedBefore: string[]) {
    const active = answer.activeRun
    const activeMessage = active && messageIdOf(active.runId)
    state.session = infoOf(answer)
    version = Math.max(version, answer.version ?? 0)
    state.activeRun =
      active && !active.fold?.ended ? { runId: active.runId, status: active.fold?.run?.status ?? 'running' } : null
    state.queue = answer.queue
    const settled = answer.messages.filter(({ id }) => id !== activeMessage)
    const isOther = thread !== undefined && answer.thread !== undefined && answer.thread !== thread
    thread = answer.thread
    const { joined } = transcript.load(settled, isOther)
    if (!joined) state.messagesCursor = answer.messagesCursor
    if (active && activeMessage) {
      runs.adopt(active.runId, active.fold, active.logId)
      // An answer is shown from its first event on; before, the run's state says that it is coming.
      if (runs.get(active.runId)?.events) transcript.appendLive(activeMessage)
    }
    // A run that ended before it said anything leaves no message; its question tells how it ended.
    transcript.dropLive((id) => id !== activeMessage && runs.hasEnded(id))
    runs.forget(isSettled)
    for (const message of settled) pending.resolve(message)
    pending.settleAccepted(acceptedBefore)
    state.status = 'ready'
    state.error = undefined
    views.touchAll()
  }

  async function fetchOnce() {
    const acceptedBefore = pending.accepted()
    try {
      adopt(await api<SessionAnswer>('GET', pathOf(sessionId, { branch })), acceptedBefore)
      failures = 0
    } catch (error) {
      const isMissing = error instanceof ApiError && error.status === 404
      if (isMissing || state.status !== 'ready') state.status = isMissing ? 'missing' : 'error'
      state.error = errorInfo(error)
      views.touch('head')
      if (!isMissing && !paused) retryLater()
    }
  }

  async function fetchAll() {
    do {
      again = false
      await fetchOnce()
    } while (again && !paused)
    loading = null
    const events = arrivedMeanwhile
    arrivedMeanwhile = []
    if (state.status !== 'ready') return
    for (const event of events) apply(event)
    options.onLoaded()
  }

  function load(): Promise<void> {
    paused = false
    clearTimeout(retryTimer)
    if (loading) again = true
    loading ??= fetchAll()
    return loading
  }

  async function loadOlder() {
    if (state.messagesCursor === null || state.loadingOlder) return
    state.loadingOlder = true
    views.touch('head')
    try {
      const before = state.messagesCursor
      const answer = await api<SessionAnswer>('GET', pathOf(sessionId, { before, branch }))
      // Another thread may have become the current one meanwhile: these are of that one.
      if (answer.thread === thread && state.messagesCursor === before) {
        transcript.prepend(answer.messages)
        state.messagesCursor = answer.messagesCursor
      } else reload()
      views.touchAll()
    } finally {
      state.loadingOlder = false
      views.touch('head')
    }
  }

  return {
    ...views,
    sessionId,
    receive,
    load,
    loadOlder,
    cursor: () => {
      if (state.status !== 'ready') return undefined
      const newest = runs.newest()
      return newest ? formatCursor({ runId: newest.runId, n: newest.fold.events }) : null
    },
    beginSend: (localId, text, files) => {
      pending.begin(localId, { text, files }, transcript.ids())
      views.touch('ids', `message:${localId}`)
    },
    acceptSend: (localId, result) => {
      const queued = pending.accept(localId, result)
      if (queued && !state.queue.some(({ id }) => id === queued.id)) state.queue = [...state.queue, queued]
      for (const id of transcript.ids()) {
        const message = transcript.get(id)
        if (message?.metadata?.runId === result.runId) pending.resolve(message)
      }
      views.touch('ids', 'queue', `message:${localId}`)
      checkLater()
    },
    failSend: (localId, error) => {
      pending.fail(localId, error)
      views.touch('ids', `message:${localId}`)
    },
    holdSend: (localId) => {
      pending.hold(localId)
      views.touch('ids', `message:${localId}`)
    },
    removeFailed: (localId) => {
      const text = pending.remove(localId)
      views.touch('ids')
      return text
    },
    hasUnsent: () => pending.ids().length > 0,
    setStopping: (runId, stopping) => {
      if (stopping) state.stopping.add(runId)
      else state.stopping.delete(runId)
      views.touch('run')
    },
    setQueue: (change) => {
      const before = state.queue
      const shown = change(before)
      state.queue = shown
      views.touch('queue')
      return () => {
        if (state.queue !== shown) return false
        state.queue = before
        views.touch('queue')
        return true
      }
    },
    setSession: (change) => {
      if (state.session) state.session = { ...state.session, ...change }
      views.touch('head')
    },
    pause: () => {
      paused = true
      clearTimeout(checkTimer)
      checkTimer = undefined
      clearTimeout(retryTimer)
    },
  }
}
