import type { Browser, Page } from '@playwright/test'
import { round } from '../statistics.ts'

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  /** Of the processor, without what others took of it meanwhile. */
  tdur?: number
  args?: { name?: string; data?: Record<string, unknown> }
}

/** What the page's main thread did while it was traced. Milliseconds. */
export interface Work {
  longest: number
  /** The longest by the processor's time: on a machine that others use too, this is the page's own part. */
  longestCpu: number
  /** Tasks of more than 50 ms; and of more than that by the processor's time. */
  long: number
  longCpu: number
  busy: number
  /** Of the three longest tasks, what took the most time in them. */
  explanation: string[]
}

const LONG_MILLISECONDS = 50
const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-lighthouse',
  '__metadata',
]
const TASKS = new Set(['RunTask', 'ThreadControllerImpl::RunTask'])

/** Traces the page while `act` runs; answers what that made of its main thread. */
export async function traced<T>(
  browser: Browser,
  page: Page,
  act: () => Promise<T>,
): Promise<{ result: T; work: Work }> {
  await browser.startTracing(page, { categories: CATEGORIES })
  let result: T
  try {
    result = await act()
  } catch (error) {
    await browser.stopTracing()
    throw error
  }
  const buffer = await browser.stopTracing()
  return { result, work: workIn((JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] }).traceEvents) }
}

/** The main thread of the page's own process: of several renderers the one that worked. */
function mainThread(events: TraceEvent[]): TraceEvent[] {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const of = (main: TraceEvent) =>
    events.filter(({ pid, tid, ph, dur }) => pid === main.pid && tid === main.tid && ph === 'X' && dur !== undefined)
  const busy = (list: TraceEvent[]) => list.reduce((sum, { name, dur = 0 }) => (TASKS.has(name) ? sum + dur : sum), 0)
  return mains.map(of).sort((a, b) => busy(b) - busy(a))[0] ?? []
}

export function workIn(events: TraceEvent[]): Work {
  const thread = mainThread(events).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const tasks: TraceEvent[] = []
  let end = 0
  // Both names describe the same task in some versions: only the outermost counts.
  for (const event of thread) {
    if (!TASKS.has(event.name) || event.ts < end) continue
    tasks.push(event)
    end = event.ts + (event.dur ?? 0)
  }
  if (tasks.length === 0) throw new Error('The trace shows no task of the page.')
  const lengths = tasks.map(({ dur = 0 }) => dur / 1000)
  const cpu = tasks.map(({ dur = 0, tdur = dur }) => tdur / 1000)
  const longest = [...tasks].sort((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0)).slice(0, 3)
  return {
    longest: round(Math.max(...lengths)),
    longestCpu: round(Math.max(...cpu)),
    long: lengths.filter((length) => length > LONG_MILLISECONDS).length,
    longCpu: cpu.filter((length) => length > LONG_MILLISECONDS).length,
    busy: round(lengths.reduce((sum, length) => sum + length, 0)),
    explanation: longest.map((task) => explain(task, thread)),
  }
}

/** The columns of a table that tell what the main thread did. */
export const columnsOf = (work: Work | null) => ({
  'longest task ms': work?.longest ?? '',
  'of the processor': work?.longestCpu ?? '',
  'tasks over 50 ms': work?.long ?? '',
  'by the processor': work?.longCpu ?? '',
})

/** The task's time by kind of work, each kind's own time without what it contains. */
function explain(task: TraceEvent, thread: TraceEvent[]): string {
  const from = task.ts
  const until = task.ts + (task.dur ?? 0)
  const inside = thread.filter(({ ts, name }) => ts >= from && ts < until && !TASKS.has(name))
  const own = new Map<string, number>()
  const open: TraceEvent[] = []
  for (const event of inside) {
    while (open.length > 0 && endOf(open.at(-1)) <= event.ts) open.pop()
    const parent = open.at(-1)
    if (parent) own.set(parent.name, (own.get(parent.name) ?? 0) - (event.dur ?? 0))
    own.set(event.name, (own.get(event.name) ?? 0) + (event.dur ?? 0))
    open.push(event)
  }
  const parts = [...own].sort(([, a], [, b]) => b - a).slice(0, 4)
  return `${round((task.dur ?? 0) / 1000)} ms (processor ${round((task.tdur ?? 0) / 1000)}): ${parts.map(([name, time]) => `${name} ${round(time / 1000)}`).join(', ')}`
}

const endOf = (event: TraceEvent | undefined) => (event ? event.ts + (event.dur ?? 0) : 0)
