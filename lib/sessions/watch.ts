import type { LongwatchMessage } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import { runLog, runs, startedAtOf } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import { findSession } from '@/lib/sessions/access'
import { messages, type Session, sessions, sessionTopic, userMessageIdOf } from '@/lib/sessions/collection'
import { pathOf, piecesOf } from '@/lib/sessions/threads/collection'
import { readInterval, unpackWithVersions } from '@/lib/sessions/threads/read'
import { includes } from '@/lib/sessions/threads/tree'
import { headOf, type SessionHead } from '@/lib/sessions/view'
import type { LogEntry, Store } from '@/lib/stores/contract'

/** Where a watcher of a session stands: behind event `n` of this run. */
export interface SessionCursor {
  runId: string
  n: number
}

export type SessionEvent =
  | { kind: 'session'; version: number; snapshot: boolean; head: SessionHead & { mayAct: boolean; isOwner: boolean } }
  /** `after`, where it is not the message stored before it: what it follows (null: nothing); the rest is replaced. */
  | { kind: 'message'; position: number; message: LongwatchMessage; after?: string | null }
  /** Before a run's first events: which log they are of, and behind which event they begin. */
  | { kind: 'log'; runId: string; logId: string; after: number }
  | { kind: 'run'; runId: string; entries: LogEntry[] }

export interface SessionWatchInput {
  sessionId: string
  cursor: SessionCursor | null
  signal: AbortSignal
  /** Milliseconds, instead of `RECHECK`. */
  recheck?: number
  /** Awaited before the watch goes on: a slow reader slows only its own watch. */
  deliver(event: SessionEvent): Promise<void>
}

const MESSAGE_PAGE = 100
/** A role or a membership that ends wakes nobody: after so long a watch looks whether it may go on. */
export const RECHECK = 15_000

/**
 * Follows a session until `signal` aborts: a snapshot, every change, new messages, and the events of its runs from
 * the cursor on. Ends with `not_found` when the session is deleted or no longer the caller's to see.
 */
export async function watchSession(ctx: Ctx, input: SessionWatchInput): Promise<void> {
  const first = await findSession(ctx, input.sessionId)
  const changed = new Wake()
  const unsubscribe = await ctx.services.store.subscribe(sessionTopic(input.sessionId), () => changed.wake())
  const ended = new AbortController()
  const signal = AbortSignal.any([input.signal, ended.signal])
  try {
    const from = await startingPoint(ctx.services.store, first.session.body, input.cursor)
    const follow = followRuns(ctx, { ...input, signal, changed, from })
    const heads = followHead(ctx, { ...input, signal, changed, from })
    await Promise.all([follow, heads].map((work) => work.finally(() => ended.abort())))
  } finally {
    unsubscribe()
  }
}

/** A wake-up that several loops wait for; one that came while nobody waited is seen at the next wait. */
class Wake {
  generation = 0
  private readonly waiting = new Set<() => void>()

  wake(): void {
    this.generation += 1
    for (const resume of [...this.waiting]) resume()
  }

  /** Resolves with the next wake-up, when `signal` aborts, and at the latest after so many milliseconds. */
  async beyond(generation: number, signal: AbortSignal, milliseconds?: number): Promise<void> {
    if (this.generation !== generation || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
    const stop = () => resolve()
    signal.addEventListener('abort', stop, { once: true })
    this.waiting.add(stop)
    await promise
    this.waiting.delete(stop)
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}

interface StartingPoint {
  /** The first run to follow, and behind which event; null: whichever becomes active next. */
  run: SessionCursor | null
  /** Runs that started later than this are followed. */
  startedAfter: number
  /** Messages behind this position are delivered. */
  position: number
}

async function startingPoint(store: Store, session: Session, cursor: SessionCursor | null): Promise<StartingPoint> {
  const known = cursor && (await runs.get(store, session.organisationId, cursor.runId))
  const fallback: SessionCursor | null = session.activeRunId ? { runId: session.activeRunId, n: 0 } : null
  const from = known && known.body.sessionId === session.id ? cursor : fallback
  if (!from) return { run: null, startedAfter: session.lastStartedAt, position: session.messageCount }
  const [run, question] = await Promise.all([
    runs.get(store, session.organisationId, from.runId),
    messages.get(store, session.organisationId, userMessageIdOf(from.runId)),
  ])
  const started = run && 'startedAt' in run.body.state ? run.body.state.startedAt : null
  return {
    run: from,
    startedAfter: started ?? session.lastStartedAt,
    // The question itself is delivered again; a client that has it replaces it.
    position: question ? question.body.position - 1 : session.messageCount,
  }
}

type Following = SessionWatchInput & { changed: Wake; from: StartingPoint }

/** Delivers the session's own state whenever it changed, and messages that were stored. */
async function followHead(ctx: Ctx, input: Following): Promise<void> {
  const { store } = ctx.services
  let version = -1
  let position = input.from.position
  while (!input.signal.aborted) {
    const generation = input.changed.generation
    // Looked up each time: visibility, membership and role may have changed.
    const { session, mayAct, isOwner, viewer } = await findSession(ctx, input.sessionId)
    if (session.version !== version) {
      position = await deliverMessages(store, session.body, position, input)
      const head = { ...(await headOf(store, session.body, viewer)), mayAct, isOwner }
      await input.deliver({ kind: 'session', version: session.version, snapshot: version < 0, head })
      version = session.version
    }
    await input.changed.beyond(generation, input.signal, input.recheck ?? RECHECK)
  }
}

/** Of the current thread only: what a reader missed of others that came and went is nothing to them. */
async function deliverMessages(store: Store, session: Session, known: number, input: Following): Promise<number> {
  if (known >= session.messageCount) return known
  const path = pathOf(session)
  const pieces = await piecesOf(store, session)
  for (const [index, [from, to]] of path.entries()) {
    for (let next = Math.max(from, known + 1); next <= to && !input.signal.aborted; next += MESSAGE_PAGE) {
      const items = await readInterval(store, session, [next, Math.min(to, next + MESSAGE_PAGE - 1)])
      const messages = await unpackWithVersions(store, session.organisationId, items, pieces)
      for (const [place, message] of messages.entries()) {
        const position = items[place]?.body.position ?? next
        const after = position === from && from > 1 ? { after: await idAt(store, session, path[index - 1]?.[1]) } : {}
        await input.deliver({ kind: 'message', position, message, ...after })
      }
    }
  }
  return session.messageCount
}

async function idAt(store: Store, session: Session, position: number | undefined): Promise<string | null> {
  if (position === undefined) return null
  return (await readInterval(store, session, [position, position]))[0]?.id ?? null
}

/** Delivers the events of the first run behind the cursor, then those of every later run, one run after the other. */
async function followRuns(ctx: Ctx, input: Following): Promise<void> {
  const { organisationId } = (await findSession(ctx, input.sessionId)).session.body
  let startedAfter = input.from.startedAfter
  let current = input.from.run
  while (!input.signal.aborted) {
    const generation = input.changed.generation
    if (current) {
      await followRun(ctx, input, organisationId, current)
      // A run that waited for a place began later than the session gave it its turn.
      const ended = await runs.get(ctx.services.store, organisationId, current.runId)
      startedAfter = Math.max(startedAfter, (ended && startedAtOf(ended.body.state)) ?? 0)
      current = null
    }
    const next = await nextStarted(ctx.services.store, organisationId, input.sessionId, startedAfter)
    if (next) {
      startedAfter = next.startedAt
      current = { runId: next.id, n: 0 }
    } else {
      await input.changed.beyond(generation, input.signal)
    }
  }
}

const HEAD = { limit: 1, maxBytes: 1 }

async function followRun(ctx: Ctx, input: Following, organisationId: string, cursor: SessionCursor): Promise<void> {
  const { store, tails, supervisor } = ctx.services
  const { runId } = cursor
  const run = await runs.get(store, organisationId, runId)
  if (!run) return
  const head = await store.readLog(organisationId, runLog(runId), 0, HEAD)
  const settled = 'finishedAt' in run.body.state
  if (settled && !(await isInThread(store, run.body))) return
  // A finished run of which nothing is left behind the cursor, or nothing at all, must not be waited for.
  if (settled && (head.last === 0 || cursor.n >= run.body.lastEvent)) return
  // A cursor beyond the end is of a history that was lost: the reader begins anew with this one.
  const after = cursor.n > head.last ? 0 : cursor.n
  let logId = ''
  let told = ''
  const { status } = run.body.state
  const leave = status === 'running' || status === 'waiting' ? supervisor.attend(organisationId, runId) : () => {}
  try {
    const onLog = (id: string) => {
      logId = id
    }
    const events = tails.watch({ partition: organisationId, runId, after, signal: input.signal, head, onLog })
    for await (const entries of events) {
      if (told !== logId) await input.deliver({ kind: 'log', runId, logId, after })
      told = logId
      await input.deliver({ kind: 'run', runId, entries })
    }
  } catch (error) {
    // Of a settled run: retention, or the session's deletion, took the log; the session's own state tells which. A log
    // that began anew is still there: then the stream ends, and the reader comes back with its cursor.
    const now = await runs.get(store, organisationId, runId)
    const isOver = !now || 'finishedAt' in now.body.state
    if (!isOver || !(error instanceof LongwatchError && error.code === 'gone')) throw error
    if ((await store.readLog(organisationId, runLog(runId), 0, HEAD)).last > 0) throw error
  } finally {
    leave()
  }
}

/** Whether the run's question is in its session's current thread, and not in an earlier version. */
async function isInThread(store: Store, run: Run): Promise<boolean> {
  const session = await sessions.get(store, run.organisationId, run.sessionId)
  if (!session?.body.path) return true
  const question = await messages.get(store, run.organisationId, run.userMessageId)
  return question === null || includes(session.body.path, question.body.position)
}

async function nextStarted(store: Store, partition: string, sessionId: string, after: number) {
  const page = await store.list({
    partition,
    collection: runs.name,
    index: 'started',
    group: sessionId,
    order: 'ascending',
    limit: 1,
    after: { sort: after, id: '\uffff' },
  })
  const found = page[0]
  return found ? { id: found.id, startedAt: found.sort } : null
}

/** What ends a watch without being a fault of the server. */
export const isRefusal = (error: unknown): error is LongwatchError =>
  error instanceof LongwatchError && (error.code === 'not_found' || error.code === 'forbidden')
