import { isDeepStrictEqual } from 'node:util'
import type { LongwatchMessage, RunChunk } from '@/lib/agent/events'
import { isTerminal, messageIdOf } from '@/lib/agent/events'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import { expectedTexts, type PlannedCall } from './plan.ts'
import type { RunWatch, SeenEvent, SentMessage, SessionWatch } from './records.ts'
import type { LedgerEntry } from './upstream-tools.ts'

/** A run as it is when everything is over: read from outside. */
export interface RunFacts {
  sent: SentMessage
  id: string
  sessionId: string
  status: string
  startedAt: number | null
  finishedAt: number | null
  lastEvent: number
  attempts: number
  error?: { code: string; message: string }
  /** Read again from 0. */
  log: SeenEvent[]
}

export interface SessionFacts {
  id: string
  activeRunId: string | null
  queue: { id: string }[]
  messages: LongwatchMessage[]
}

const chunksOf = (log: SeenEvent[]) => log.map(({ data }) => JSON.parse(data) as RunChunk)

/** Some events around a place, for a person to read. */
export function around(log: SeenEvent[], n: number): string {
  const shown = log.filter((event) => Math.abs(event.n - n) <= 4)
  return shown.map((event) => `\n      ${event.n} ${event.data.slice(0, 160)}`).join('')
}

/** One log: 1..n, one terminal event and it is the last, each call at most one result, nothing that the fold ignores. */
export function checkLog(run: RunFacts): string[] {
  const found: string[] = []
  const { log, id } = run
  const gap = log.findIndex((event, index) => event.n !== index + 1)
  if (gap >= 0) found.push(`run ${id}: its log is not 1..n at place ${gap + 1}${around(log, gap)}`)
  const chunks = chunksOf(log)
  const terminals = chunks.filter(isTerminal)
  if (terminals.length !== 1) found.push(`run ${id}: ${terminals.length} terminal events${around(log, log.length)}`)
  const last = chunks.at(-1)
  if (last && !isTerminal(last)) found.push(`run ${id}: its log does not end with a terminal event`)
  const results = chunks.filter(({ type }) => type === 'tool-output-available' || type === 'tool-output-error')
  const ids = results.map((chunk) => (chunk as { toolCallId: string }).toolCallId)
  const double = ids.find((callId, index) => ids.indexOf(callId) !== index)
  if (double) found.push(`run ${id}: call ${double} has two results`)
  const { ignored } = foldChunks(emptyFold(messageIdOf(id)), chunks)
  if (ignored > 0) found.push(`run ${id}: the fold ignored ${ignored} events of its log`)
  const expected = { completed: 'finish', failed: 'error', cancelled: 'abort' }[run.status]
  if (last && last.type !== expected) found.push(`run ${id}: ${run.status}, but its log ends with ${last.type}`)
  if (run.lastEvent !== log.length) found.push(`run ${id}: lastEvent ${run.lastEvent}, its log has ${log.length}`)
  return found
}

/**
 * What the faults can make a run fail with: the model's 500 or broken answer outlived every retry, or its process was
 * lost in one step again and again. Nothing hangs for as long as a time limit; tools that fail do not fail a run.
 */
const CAUSED_BY_FAULTS = new Set([
  'model_overloaded',
  'model_interrupted',
  'model_unreachable',
  'interrupted_repeatedly',
])

/** An accepted message has its whole answer, or a recorded reason why not that a fault can cause. */
export function checkOutcome(run: RunFacts): string[] {
  const label = `run ${run.id} (${run.sent.plan.id})`
  switch (run.status) {
    case 'completed': {
      const message = messageOf(foldChunks(emptyFold(messageIdOf(run.id)), chunksOf(run.log)))
      const texts = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
      const expected = expectedTexts(run.sent.plan)
      if (isDeepStrictEqual(texts, expected)) return []
      const index = expected.findIndex((text, place) => text !== texts[place])
      const [is, should] = [texts[index] ?? '', expected[index] ?? '']
      const place = [...should].findIndex((character, at) => character !== is[at])
      return [
        `${label}: the answer differs: ${texts.length} texts of ${expected.length}; text ${index + 1} at ${place}: ` +
          `"${is.slice(Math.max(0, place - 30), place + 30)}" instead of "${should.slice(Math.max(0, place - 30), place + 30)}"`,
      ]
    }
    case 'failed':
      if (!run.error?.code) return [`${label}: failed without a recorded reason`]
      return CAUSED_BY_FAULTS.has(run.error.code)
        ? []
        : [`${label}: failed by what no fault causes, ${run.error.code}: ${run.error.message}`]
    case 'cancelled':
      return []
    default:
      return [`${label}: still ${run.status}${around(run.log, run.log.length)}`]
  }
}

/** Runs that nobody asked to stop, and that no message which steers can have cancelled. */
function unstopped(runs: RunFacts[], stopped: ReadonlySet<string>): RunFacts[] {
  const steered = new Set(runs.flatMap((run) => (run.sent.whenBusy === 'steer' ? [run.sessionId] : [])))
  return runs.filter((run) => !stopped.has(run.id) && !(run.status === 'cancelled' && steered.has(run.sessionId)))
}

/** Nothing is cancelled that nobody stopped, by a stop or by a message that steers. */
export function checkCancelled(runs: RunFacts[], stopped: ReadonlySet<string>): string[] {
  return unstopped(runs, stopped)
    .filter((run) => run.status === 'cancelled')
    .map((run) => `run ${run.id} (${run.sent.plan.id}) is cancelled, but nobody stopped it`)
}

/** From so many minutes on there is enough of everything for shares to mean something. */
const MINUTES_OF_SHARES = 2

/** Enough went well, and was broken, for the other checks to have proved something. */
export function checkFloor(
  runs: RunFacts[],
  { stopped, minutes, killed }: { stopped: ReadonlySet<string>; minutes: number; killed: number },
): string[] {
  const completed = runs.filter((run) => run.status === 'completed').length
  if (completed === 0) return [`none of ${runs.length} runs is completed`]
  if (minutes < MINUTES_OF_SHARES) return []
  const found: string[] = []
  const left = unstopped(runs, stopped)
  const whole = left.filter((run) => run.status === 'completed').length
  if (whole * 2 < left.length) found.push(`only ${whole} of ${left.length} runs that nobody stopped are completed`)
  if (killed > 0 && runs.every((run) => run.attempts <= 1)) {
    found.push(`instances were killed (${killed} times), but no run was taken over`)
  }
  return found
}

/** What a watcher saw is the log. */
export function checkRunWatch(watch: RunWatch, log: SeenEvent[]): string[] {
  const label = `run ${watch.runId}, ${watch.name} over ${watch.connections} connections`
  return [...watch.problems.map((problem) => `${label}: ${problem}`), ...compare(label, watch.events, log, watch.done)]
}

function compare(label: string, seen: SeenEvent[], log: SeenEvent[], whole: boolean): string[] {
  const other = seen.find((event, index) => event.n !== log[index]?.n || event.data !== log[index]?.data)
  if (other)
    return [`${label}: event ${other.n} differs from the log: ${other.data.slice(0, 160)}${around(log, other.n)}`]
  if (whole && seen.length !== log.length) return [`${label}: saw ${seen.length} of ${log.length} events`]
  return []
}

/** From the first run on that it saw, or that its last connection must have told it of, a watcher saw every run whole. */
export function checkSessionWatch(watch: SessionWatch, runs: RunFacts[]): string[] {
  const label = `session ${watch.sessionId}, ${watch.name} over ${watch.connections} connections`
  const found = watch.problems.map((problem) => `${label}: ${problem}`)
  const started = runs
    .filter((run) => run.sessionId === watch.sessionId && run.startedAt !== null)
    .sort((a, b) => (a.startedAt as number) - (b.startedAt as number))
  const followsSince = watch.followsSince ?? Number.POSITIVE_INFINITY
  const first = started.findIndex((run) => watch.runs.has(run.id) || (run.startedAt as number) > followsSince)
  if (first < 0) return found
  for (const run of started.slice(first)) {
    found.push(...compare(`${label}: run ${run.id}`, watch.runs.get(run.id) ?? [], run.log, true))
  }
  return found
}

/** Every writing call reached its tool at most once, and exactly once if its result says so. */
export function checkCalls(runs: RunFacts[], ledger: LedgerEntry[]): string[] {
  const reached = new Map<string, number>()
  for (const { tool, key } of ledger) reached.set(`${tool} ${key}`, (reached.get(`${tool} ${key}`) ?? 0) + 1)
  const found: string[] = []
  for (const [call, times] of reached) {
    if (times > 1 && call.startsWith('record ')) found.push(`writing call "${call}" reached its tool ${times} times`)
  }
  for (const run of runs) {
    const inputs = new Map<string, { toolName: string; input: PlannedCall }>()
    for (const chunk of chunksOf(run.log)) {
      if (chunk.type === 'tool-input-available') inputs.set(chunk.toolCallId, chunk as never)
      const call = chunk.type === 'tool-output-available' ? inputs.get(chunk.toolCallId) : undefined
      if (!call) continue
      const tool = call.toolName.replace('chaos__', '')
      const output = chunk.type === 'tool-output-available' ? (chunk.output as { preview: string }) : { preview: '' }
      const label = `run ${run.id}: call ${tool} ${call.input.key}`
      if (!reached.has(`${tool} ${call.input.key}`)) found.push(`${label} has a result, but never reached its tool`)
      if (!output.preview.startsWith(`${tool} ${call.input.key} `)) found.push(`${label} has another call's result`)
    }
  }
  return found
}

/** The transcript: each question once, each answer the fold of its log, nothing else. */
export function checkTranscript(session: SessionFacts, runs: RunFacts[]): string[] {
  const found: string[] = []
  const own = runs.filter((run) => run.sessionId === session.id)
  const answers = new Map<string, LongwatchMessage>()
  const questions = new Map<string, number>()
  for (const message of session.messages) {
    if (message.role === 'assistant') {
      if (answers.has(message.id)) found.push(`session ${session.id}: message ${message.id} stands there twice`)
      answers.set(message.id, message)
    } else {
      const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
      questions.set(text, (questions.get(text) ?? 0) + 1)
    }
  }
  for (const [text, times] of questions) {
    if (times > 1) found.push(`session ${session.id}: the question ${text.slice(0, 20)} was stored ${times} times`)
  }
  for (const run of own) {
    const folded = messageOf(foldChunks(emptyFold(messageIdOf(run.id)), chunksOf(run.log)))
    const stored = answers.get(messageIdOf(run.id))
    answers.delete(messageIdOf(run.id))
    const hasContent = folded.parts.some(
      (part) => (part.type === 'text' && part.text.trim() !== '') || part.type === 'dynamic-tool',
    )
    if (!stored && hasContent) found.push(`run ${run.id} (${run.status}): its answer is missing from the transcript`)
    if (stored && !isDeepStrictEqual(stored, JSON.parse(JSON.stringify(folded)))) {
      found.push(
        `run ${run.id} (${run.status}): its stored message is not the fold of its log ${difference(stored, folded)}`,
      )
    }
  }
  for (const id of answers.keys())
    found.push(`session ${session.id}: message ${id} belongs to no run that was accepted`)
  if (session.activeRunId) found.push(`session ${session.id}: run ${session.activeRunId} is still active`)
  if (session.queue.length > 0) found.push(`session ${session.id}: ${session.queue.length} messages are still queued`)
  return found
}

function difference(stored: LongwatchMessage, folded: LongwatchMessage): string {
  const index = stored.parts.findIndex((part, place) => {
    const other = folded.parts[place]
    return !isDeepStrictEqual(part, other && JSON.parse(JSON.stringify(other)))
  })
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 300)
  if (index < 0) return `(metadata ${show(stored.metadata)} and ${show(folded.metadata)})`
  return `(part ${index}: ${show(stored.parts[index])} and ${show(folded.parts[index])})`
}

/** Within a session no two runs were active at the same time. */
export function checkOneActive(runs: RunFacts[]): string[] {
  const found: string[] = []
  const started = runs
    .filter((run) => run.startedAt !== null)
    .sort((a, b) => (a.startedAt as number) - (b.startedAt as number))
  const latest = new Map<string, RunFacts>()
  for (const run of started) {
    const before = latest.get(run.sessionId)
    latest.set(run.sessionId, run)
    if (before && (before.finishedAt ?? Number.POSITIVE_INFINITY) > (run.startedAt as number)) {
      found.push(
        `session ${run.sessionId}: run ${run.id} began at ${run.startedAt} before ${before.id} ended at ${before.finishedAt}`,
      )
    }
  }
  return found
}

/** One message became one run, whatever was repeated. */
export function checkStarts(sent: SentMessage[]): string[] {
  return sent
    .filter(({ runIds }) => runIds.size > 1)
    .map(({ plan, runIds }) => `${plan.id}: one idempotency key gave the runs ${[...runIds].join(', ')}`)
}
