import { setTimeout as delay } from 'node:timers/promises'
import { type OpenStream, openStream, type SseMessage } from './client.ts'
import type { Random } from './random.ts'
import type { Records, RunWatch, SeenEvent, SessionWatch } from './records.ts'

export interface World {
  url: string
  records: Records
  /** Aborts when nobody is to wait any longer. */
  giveUp: AbortSignal
  /** Aborts when faults end: from then on nobody cuts or stalls on purpose. */
  calm: AbortSignal
}

export type Habit = 'steady' | 'restless' | 'slow'

const isTerminal = (data: string) => /^\{"type":"(finish|abort|error)"/.test(data)

const patience = (signal: AbortSignal, milliseconds: number) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined)

/** Cuts or stalls this connection now and then, as its habit is. */
function misbehave(stream: { cut(): void; stall(ms: number): void }, habit: Habit, random: Random, world: World) {
  if (habit === 'steady' || world.calm.aborted) return () => {}
  const timer = setTimeout(
    () => {
      if (world.calm.aborted) return
      if (habit === 'restless') stream.cut()
      else stream.stall(random.between(500, 6_000))
    },
    random.between(50, 3_000),
  )
  return () => clearTimeout(timer)
}

/** Follows one run's stream to its `[DONE]`, over as many connections as it takes. */
export async function watchRun(
  world: World,
  runId: string,
  token: string,
  random: Random,
  habit: Habit = random.pick(['steady', 'restless', 'restless', 'slow']),
): Promise<void> {
  const cursor = random.pick(['query', 'header'] as const)
  const watch: RunWatch = {
    name: `${habit} watcher by ${cursor}`,
    runId,
    events: [],
    connections: 0,
    servedBy: new Set(),
    resets: 0,
    done: false,
    problems: [],
  }
  world.records.runWatches.push(watch)
  let logId: string | null = null
  while (!watch.done && !world.giveUp.aborted) {
    const after = watch.events.at(-1)?.n ?? 0
    const path = `/api/agent/runs/${runId}/events`
    const byQuery = cursor === 'query' || after === 0
    let closeHabit = () => {}
    let begunAnew = false
    try {
      const stream = await openStream(
        world.url,
        token,
        byQuery ? `${path}?after=${after}` : path,
        byQuery ? {} : { 'last-event-id': `${after}` },
        (message) => {
          if (!begunAnew) takeRunEvent(watch, message)
        },
        (opened) => {
          const id = opened.headers['x-log-id']
          if (typeof id !== 'string' || id === '') return
          if (logId !== null && logId !== id && after > 0) {
            begunAnew = true
            opened.cut()
          }
          logId = id
        },
      )
      watch.connections += 1
      noteServer(watch.servedBy, stream)
      closeHabit = misbehave(stream, habit, random, world)
      const stop = () => stream.cut()
      world.giveUp.addEventListener('abort', stop, { once: true })
      await stream.over
      world.giveUp.removeEventListener('abort', stop)
      if (begunAnew) {
        watch.events = []
        watch.resets += 1
      } else if (stream.status !== 200) {
        noteRefusal(watch, stream.status, stream.body, after)
      }
    } catch {
      // No answer: once more.
    }
    closeHabit()
    if (!watch.done) await patience(world.giveUp, random.between(20, habit === 'restless' ? 800 : 200))
  }
  if (!watch.done) watch.problems.push('never saw [DONE]')
}

function takeRunEvent(watch: RunWatch, message: SseMessage): void {
  if (message.data === '[DONE]') {
    watch.done = true
    if (!isTerminal(watch.events.at(-1)?.data ?? '')) watch.problems.push('[DONE] without a terminal event before it')
    return
  }
  takeEvent(watch.events, { n: Number(message.id), data: message.data }, watch.problems, '')
}

/** Keeps an event if it is the next one; says what is wrong otherwise. */
function takeEvent(events: SeenEvent[], event: SeenEvent, problems: string[], where: string): void {
  const last = events.at(-1)?.n ?? 0
  if (event.n === last + 1) events.push({ ...event, at: performance.now() })
  else problems.push(`${where}event ${event.n} after ${last}: ${event.data.slice(0, 120)}`)
}

function noteServer(servedBy: Set<string>, { headers }: OpenStream): void {
  const port = headers['x-backend']
  if (typeof port === 'string') servedBy.add(port)
}

function noteRefusal(watch: RunWatch, status: number, body: string, after: number): void {
  if (status >= 500 || status === 429) return
  watch.problems.push(`refused with ${status} at after=${after}: ${body.slice(0, 160)}`)
}

/** Follows a session's events until the end, from the first run on, over as many connections as it takes. */
export async function watchSession(
  world: World,
  sessionId: string,
  token: string,
  random: Random,
  habit: Habit = random.pick(['steady', 'restless', 'slow']),
): Promise<void> {
  const watch: SessionWatch = {
    name: `${habit} session watcher`,
    sessionId,
    runs: new Map(),
    logIds: new Map(),
    followsSince: null,
    connections: 0,
    servedBy: new Set(),
    resets: 0,
    problems: [],
  }
  world.records.sessionWatches.push(watch)
  let cursor = ''
  while (!world.giveUp.aborted) {
    let closeHabit = () => {}
    let begunAnew = false
    try {
      const stream = await openStream(
        world.url,
        token,
        `/api/events?watch=${encodeURIComponent(`session:${sessionId}${cursor && `@${cursor}`}`)}`,
        {},
        (message, open) => {
          if (begunAnew) return
          // Sent once it is subscribed: whatever starts from here on is told over this connection.
          if (message.event === 'session') watch.followsSince ??= Date.now()
          const lost = message.event === 'log' ? takeLogId(watch, message) : null
          if (lost) {
            begunAnew = true
            cursor = `${lost}.0`
            open.cut()
          }
          cursor = takeSessionEvent(watch, message) ?? cursor
        },
      )
      watch.connections += 1
      noteServer(watch.servedBy, stream)
      closeHabit = misbehave(stream, habit, random, world)
      const stop = () => stream.cut()
      world.giveUp.addEventListener('abort', stop, { once: true })
      await stream.over
      world.giveUp.removeEventListener('abort', stop)
      // Broken off at the end on purpose, it has stood to the end.
      if (!world.giveUp.aborted) watch.followsSince = null
      const { status } = stream
      if (status !== 200 && status < 500 && status !== 429) {
        watch.problems.push(`refused with ${status}: ${stream.body.slice(0, 160)}`)
      }
    } catch {
      // No answer: once more.
    }
    closeHabit()
    await patience(world.giveUp, random.between(50, 800))
  }
}

/** The run whose log is another one than before, of which what was seen is dropped; null when there is none. */
function takeLogId(watch: SessionWatch, message: SseMessage): string | null {
  const { runId, logId } = JSON.parse(message.data) as { runId: string; logId: string }
  const before = watch.logIds.get(runId)
  watch.logIds.set(runId, logId)
  if (before === undefined || before === logId) return null
  watch.runs.get(runId)?.splice(0)
  watch.resets += 1
  return runId
}

function takeSessionEvent(watch: SessionWatch, message: SseMessage): string | null {
  if (message.event === 'error') watch.problems.push(`error in the stream: ${message.data.slice(0, 160)}`)
  if (message.event !== 'run') return null
  const found = /^\{"sessionId":"[^"]*","runId":"([^"]+)","n":(\d+),"chunk":(.*)\}$/s.exec(message.data)
  if (!found) {
    watch.problems.push(`a run event of another form: ${message.data.slice(0, 160)}`)
    return null
  }
  const [, runId, n, data] = found as unknown as [string, string, string, string]
  const events = watch.runs.get(runId) ?? []
  if (!watch.runs.has(runId)) {
    const open = [...watch.runs].filter(([, before]) => !isTerminal(before.at(-1)?.data ?? ''))
    for (const [before] of open) watch.problems.push(`run ${runId} began before ${before} had ended`)
    watch.runs.set(runId, events)
  }
  takeEvent(events, { n: Number(n), data }, watch.problems, `${runId} `)
  return `${runId}.${n}`
}
