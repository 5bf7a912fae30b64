import equal from 'fast-deep-equal'
import { type MessageSource, type PublishedMessage, publish } from '@/components/chat/live/published'
import { noRun, runView, sameFields } from '@/components/chat/live/runs'
import type { SessionState } from '@/components/chat/live/session-state'
import { createTopics } from '@/components/chat/live/topics'
import type { MessageView, QueueView, RunView, SessionHead } from '@/components/chat/live/types'
import { messageIdOf } from '@/lib/agent/events'
import type { FoldPart } from '@/lib/sessions/fold'

/** What a reader can subscribe to: `message:{id}` is its list of parts and metadata, `part:{id}:{index}` one part. */
export type SessionTopic = 'head' | 'ids' | 'queue' | 'run' | `message:${string}` | `part:${string}:${number}`

/** A session as its readers see it. Every getter answers the same object until what it says has changed. */
export interface SessionViews {
  /** The listener is told at most once per frame, and only when its topic changed. */
  subscribe: (topic: SessionTopic, listener: () => void) => () => void
  head: () => SessionHead
  messageIds: () => readonly string[]
  message: (messageId: string) => MessageView | undefined
  part: (messageId: string, index: number) => FoldPart | undefined
  queue: () => QueueView
  run: () => RunView
}

type Touched = Exclude<SessionTopic, `part:${string}:${number}`>

export interface TouchableViews extends SessionViews {
  touch: (...topics: Touched[]) => void
  touchAll: () => void
}

const headOf = (state: SessionState): SessionHead => ({
  id: state.sessionId,
  status: state.status,
  error: state.error,
  session: state.session,
  activeRun: state.activeRun,
  hasOlder: state.messagesCursor !== null,
  loadingOlder: state.loadingOlder,
})

function runOf(state: SessionState): RunView {
  const { activeRun, runs, transcript } = state
  const newest = runs.newest()
  const fold = activeRun ? runs.get(activeRun.runId) : newest?.fold
  const runId = activeRun?.runId ?? newest?.runId
  if (runId && fold) {
    const view = runView(runId, fold, state.stopping.has(runId))
    return fold.run || fold.ended || !activeRun ? view : { ...view, status: activeRun.status }
  }
  if (activeRun) return { ...noRun, ...activeRun, stopping: state.stopping.has(activeRun.runId) }
  const last = transcript.get(transcript.ids().findLast((id) => transcript.get(id)?.metadata?.status) ?? '')?.metadata
  if (!last?.runId || !last.status) return noRun
  const { runId: id, status, usage, error, attempts } = last
  return { ...noRun, runId: id, status, usage: usage ?? null, error: error ?? null, attempt: attempts ?? 1 }
}

/** What was shown before where the new says the same: a snapshot after a reconnect repeats what is known. */
const keepEqual = <T>(before: T, next: T): T => (equal(before, next) ? before : next)

/** Makes the views of a session's state, and tells its readers, once per frame. */
export function createSessionViews(
  state: SessionState,
  schedule: (work: () => void) => void,
  onSubscribers: (count: number) => void,
): TouchableViews {
  const topics = createTopics(onSubscribers)
  const messages = new Map<string, PublishedMessage>()
  let touched = new Set<Touched>()
  let head = headOf(state)
  let ids: readonly string[] = []
  let queue: QueueView = { items: state.queue, paused: false }
  let run: RunView = noRun

  function sourceOf(messageId: string): MessageSource | undefined {
    const stored = state.transcript.get(messageId)
    if (stored) return { kind: 'stored', message: stored }
    const runId = messageId.startsWith(messageIdOf('')) ? messageId.slice(messageIdOf('').length) : ''
    const fold = state.runs.get(runId)
    return fold ? { kind: 'live', fold } : state.pending.source(messageId)
  }

  function publishMessage(messageId: string) {
    const source = sourceOf(messageId)
    const before = messages.get(messageId)
    if (!source) {
      if (messages.delete(messageId)) topics.notify(`message:${messageId}`)
      return
    }
    const { published, changed } = publish(source, before)
    messages.set(messageId, published)
    if (published.view !== before?.view) topics.notify(`message:${messageId}`)
    for (const index of changed) topics.notify(`part:${messageId}:${index}`)
  }

  /** A message on its way stands at the end, but before an answer that began after it was sent. */
  function orderedIds(): string[] {
    const ordered = state.transcript.ids().filter((id) => sourceOf(id))
    const unsent = new Set(state.pending.ids())
    for (const localId of unsent) {
      const answer = ordered.findIndex(
        (id) => !unsent.has(id) && !state.transcript.has(id) && !state.pending.isAfter(localId, id),
      )
      ordered.splice(answer < 0 ? ordered.length : answer, 0, localId)
    }
    return ordered
  }

  function publishIds() {
    const next = orderedIds()
    if (next.length === ids.length && next.every((id, index) => id === ids[index])) return
    const gone = new Set(ids)
    for (const id of next) gone.delete(id)
    for (const id of next) if (!messages.has(id)) publishMessage(id)
    ids = next
    topics.notify('ids')
    for (const id of gone) publishMessage(id)
  }

  function flush() {
    const topicsNow = touched
    touched = new Set()
    for (const topic of topicsNow) if (topic.startsWith('message:')) publishMessage(topic.slice('message:'.length))
    if (topicsNow.has('ids')) publishIds()
    const nextQueue = { items: keepEqual(queue.items, state.queue), paused: state.session?.queuePaused === true }
    if (!sameFields(queue, nextQueue)) {
      queue = nextQueue
      topics.notify('queue')
    }
    const [headNow, nextRun] = [headOf(state), runOf(state)]
    const nextHead = { ...headNow, session: keepEqual(head.session, headNow.session) }
    nextHead.activeRun = keepEqual(head.activeRun, headNow.activeRun)
    if (!sameFields(head, nextHead)) {
      head = nextHead
      topics.notify('head')
    }
    if (!sameFields(run, nextRun)) {
      run = nextRun
      topics.notify('run')
    }
  }

  function touch(...more: Touched[]) {
    if (touched.size === 0) schedule(flush)
    for (const topic of more) touched.add(topic)
  }

  return {
    subscribe: topics.subscribe,
    head: () => head,
    messageIds: () => ids,
    message: (messageId) => messages.get(messageId)?.view,
    part: (messageId, index) => messages.get(messageId)?.part(index),
    queue: () => queue,
    run: () => run,
    touch,
    touchAll: () => {
      const all = [...state.transcript.ids(), ...state.pending.ids()]
      touch('head', 'ids', 'queue', 'run', ...all.map((id) => `message:${id}` as const))
    },
  }
}
