import type { Ctx } from '@/lib/context'
import { badRequest, LongwatchError } from '@/lib/errors'
import { findRun, findRunAnd, type RunPlace } from '@/lib/runs/access'
import { isSettled, runLog } from '@/lib/runs/collection'
import type { MadeRun } from '@/lib/runs/start'
import type { Run } from '@/lib/runs/types'
import { sessionTopic } from '@/lib/sessions/collection'
import type { LogEntry, LogRead } from '@/lib/stores/contract'

/** Nothing is read but the numbers. */
const HEAD = { limit: 1, maxBytes: 1 }

export interface RunWatch {
  /** Batches of stored events behind the cursor; ends after the terminal event. */
  events: AsyncGenerator<LogEntry[]>
  /** Another one than before: the log lost some of its history, and what was read of it is void. Empty: no events yet. */
  logId: string
}

/**
 * Follows a run's log from behind `after`. Looking at a run whose owner is gone also makes this process try to take
 * it over. Errors: `not_found`, `gone` (retention removed the log), `bad_request` for `after` beyond a living log.
 */
export async function watchRun(
  ctx: Ctx,
  input: { runId: string; after: number; signal: AbortSignal },
): Promise<RunWatch> {
  const { run, read } = await findRunAnd(ctx, input.runId, (place) => readHead(ctx, place))
  // Read side by side: a run that ended in between has events that the head does not know of.
  const isOlder = isSettled(run.body.state) && read.last < run.body.lastEvent
  const head = isOlder ? await readHead(ctx, run.body) : read
  const { last, logId } = head
  const watched = { ...run.body, after: input.after, signal: input.signal, head }
  if (isSettled(run.body.state)) {
    if (run.body.lastEvent > 0 && last === 0) {
      throw new LongwatchError(
        'gone',
        'The events of this run are no longer kept; the conversation has its transcript.',
      )
    }
    if (input.after >= last) return { events: nothing(), logId }
  } else {
    if (input.after > last) throw badRequest('after', `The run has ${last} events so far.`)
    if (run.body.state.status !== 'queued') {
      ctx.services.supervisor.execute(run.body.organisationId, run.id)
      return { events: whileVisible(ctx, watched, attended), logId }
    }
  }
  return { events: whileVisible(ctx, watched, followed), logId }
}

/** As `watchRun` from the first event on, for who asked this moment: the run is theirs to see, and goes on. */
export async function watchNewRun(ctx: Ctx, input: { run: MadeRun; signal: AbortSignal }): Promise<RunWatch> {
  // Nobody has read of its log yet, so there is none that it could be mistaken for.
  const watched = { ...input.run, after: 0, signal: input.signal, isNew: true }
  return { events: whileVisible(ctx, watched, attended), logId: '' }
}

const readHead = (ctx: Ctx, { organisationId, id }: RunPlace): Promise<LogRead> =>
  ctx.services.store.readLog(organisationId, runLog(id), 0, HEAD)

type Watched = Pick<Run, 'id' | 'organisationId' | 'sessionId'> & {
  after: number
  signal: AbortSignal
  head?: LogRead
  /** It was made this moment, by who watches it. */
  isNew?: boolean
}

/** How often a watch looks whether its watcher may still see the run; no wake-up tells of a membership that ended. */
const RECHECK = 15_000
/** Milliseconds until a watch of a new run begins to hear of its session: the first word comes before. */
const LISTEN_AFTER = 20

/** Ends with `not_found` when the session was made private or deleted, or the watcher is no longer a member. */
async function* whileVisible(
  ctx: Ctx,
  run: Watched,
  follow: (ctx: Ctx, run: Watched) => AsyncGenerator<LogEntry[]>,
): AsyncGenerator<LogEntry[]> {
  const refused = new AbortController()
  let refusal: unknown = null
  const look = async () => {
    try {
      await findRun(ctx, run.id)
    } catch (error) {
      // A store that is away says nothing about rights; the log's reader will tell.
      if (!(error instanceof LongwatchError) || error.code !== 'not_found') return
      refusal = error
      refused.abort()
    }
  }
  let unsubscribe = () => {}
  let ended = false
  // Not waited for: the log is read meanwhile. Who cannot be told of a session that is made private is shown no more.
  const listen = async () => {
    try {
      const subscribed = await ctx.services.store.subscribe(sessionTopic(run.sessionId), () => void look())
      if (ended) return subscribed()
      unsubscribe = subscribed
      if (run.isNew) await look()
    } catch (error) {
      refusal = error
      refused.abort()
    }
  }
  const listening = run.isNew ? setTimeout(listen, LISTEN_AFTER) : void listen()
  const timer = setInterval(look, RECHECK)
  try {
    yield* follow(ctx, { ...run, signal: AbortSignal.any([run.signal, refused.signal]) })
    if (refusal && !run.signal.aborted) throw refusal
  } finally {
    ended = true
    if (listening) clearTimeout(listening)
    clearInterval(timer)
    unsubscribe()
  }
}

const followed = (ctx: Ctx, { organisationId: partition, id: runId, after, signal, head }: Watched) =>
  ctx.services.tails.watch({ partition, runId, after, signal, head })

async function* attended(ctx: Ctx, run: Watched): AsyncGenerator<LogEntry[]> {
  const leave = ctx.services.supervisor.attend(run.organisationId, run.id)
  try {
    yield* followed(ctx, run)
  } finally {
    leave()
  }
}

async function* nothing(): AsyncGenerator<LogEntry[]> {}
