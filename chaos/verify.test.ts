import { describe, expect, it } from 'vitest'
import { messageIdOf, type RunChunk } from '@/lib/agent/events'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import type { Plan } from './plan.ts'
import { messageOfPlan, planOfMessage, wordsOf } from './plan.ts'
import { Random } from './random.ts'
import type { RunWatch, SentMessage, SessionWatch } from './records.ts'
import {
  checkCalls,
  checkCancelled,
  checkFloor,
  checkLog,
  checkOneActive,
  checkOutcome,
  checkRunWatch,
  checkSessionWatch,
  checkStarts,
  checkTranscript,
  type RunFacts,
  type SessionFacts,
} from './verify.ts'

const plan: Plan = {
  id: 'c1m1',
  steps: [{ words: 0, calls: [{ tool: 'record', key: 'c1m1-0-0', bytes: 5, takes: 0 }] }],
  words: 3,
  pace: 1,
  reasons: false,
}
const sent: SentMessage = {
  plan,
  token: 't',
  whenBusy: 'queue',
  runIds: new Set(['run_1']),
  sessionId: 'ses_1',
  outcome: 'accepted',
}
const input = { key: 'c1m1-0-0', bytes: 5, takes: 0 }
const call = { toolCallId: 'call_1', toolName: 'chaos__record', dynamic: true as const }
const output = {
  preview: 'record c1m1-0-0 xxxxx',
  evidenceId: 'e',
  bytes: 21,
  truncated: false,
  mediaType: 'text/plain',
}
const CHUNKS: RunChunk[] = [
  { type: 'start', messageId: messageIdOf('run_1') },
  { type: 'start-step' },
  { type: 'tool-input-available', input, ...call },
  { type: 'tool-output-available', output, toolCallId: 'call_1', dynamic: true },
  { type: 'start-step' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: wordsOf(plan, 1).join('') },
  { type: 'text-end', id: 't' },
  { type: 'finish', finishReason: 'stop' },
]
const logOf = (chunks: RunChunk[]) => chunks.map((chunk, index) => ({ n: index + 1, data: JSON.stringify(chunk) }))

const run = (change: Partial<RunFacts> = {}, chunks = CHUNKS): RunFacts => ({
  sent,
  id: 'run_1',
  sessionId: 'ses_1',
  status: 'completed',
  startedAt: 100,
  finishedAt: 200,
  lastEvent: chunks.length,
  attempts: 1,
  log: logOf(chunks),
  ...change,
})
const without = (index: number) => CHUNKS.filter((_, place) => place !== index)
const watch = (events = logOf(CHUNKS), change: Partial<RunWatch> = {}): RunWatch => ({
  name: 'watcher',
  runId: 'run_1',
  events,
  connections: 2,
  servedBy: new Set(),
  resets: 0,
  done: true,
  problems: [],
  ...change,
})
const answer = JSON.parse(JSON.stringify(messageOf(foldChunks(emptyFold(messageIdOf('run_1')), CHUNKS))))
const session = (change: Partial<SessionFacts> = {}): SessionFacts => ({
  id: 'ses_1',
  activeRunId: null,
  queue: [],
  messages: [{ id: 'q', role: 'user', parts: [{ type: 'text', text: messageOfPlan(plan) }] }, answer],
  ...change,
})
const ledger = [{ tool: 'record', key: 'c1m1-0-0', at: 1 }]

it('finds nothing where nothing is wrong', () => {
  expect(checkLog(run())).toEqual([])
  expect(checkOutcome(run())).toEqual([])
  expect(checkRunWatch(watch(), run().log)).toEqual([])
  expect(checkTranscript(session(), [run()])).toEqual([])
  expect(checkCalls([run()], ledger)).toEqual([])
  expect(checkOneActive([run()])).toEqual([])
  expect(checkStarts([sent])).toEqual([])
})

describe('finds in a log', () => {
  it.each<[string, RunFacts, RegExp]>([
    ['a gap', run({ log: logOf(CHUNKS).filter(({ n }) => n !== 4) }), /not 1\.\.n/],
    ['no end', run({}, without(8)), /0 terminal events/],
    ['two ends', run({}, [...CHUNKS, { type: 'abort' }]), /2 terminal events/],
    ['an end of another kind', run({ status: 'cancelled' }), /cancelled, but its log ends with finish/],
    [
      'a call with two results',
      run({}, [...CHUNKS.slice(0, 4), CHUNKS[3] as RunChunk, ...CHUNKS.slice(4)]),
      /two results/,
    ],
    ['a delta that belongs to no part', run({}, without(5)), /ignored 2/],
    ['another length than the run says', run({ lastEvent: 3 }), /lastEvent 3/],
  ])('%s', (_, facts, message) => expect(checkLog(facts).join()).toMatch(message))
})

describe('finds in an outcome', () => {
  const said = (delta: string) => CHUNKS.map((chunk) => (chunk.type === 'text-delta' ? { ...chunk, delta } : chunk))
  it.each<[string, RunFacts, RegExp]>([
    ['a lost word', run({}, said('c1m1:1.0 c1m1:1.2 ')), /differs/],
    ['a doubled word', run({}, said('c1m1:1.0 c1m1:1.1 c1m1:1.1 c1m1:1.2 ')), /differs/],
    ['no reason of a failure', run({ status: 'failed' }), /without a recorded reason/],
    ['an unexpected error', run({ status: 'failed', error: { code: 'internal', message: '?' } }), /no fault causes/],
    ['a lost record', run({ status: 'failed', error: { code: 'log_damaged', message: '?' } }), /log_damaged/],
    ['a refused request', run({ status: 'failed', error: { code: 'model_bad_request', message: '?' } }), /bad_request/],
    ['a run that still runs', run({ status: 'running' }), /still running/],
  ])('%s', (_, facts, message) => expect(checkOutcome(facts).join()).toMatch(message))

  it.each(['model_overloaded', 'model_interrupted', 'model_unreachable', 'interrupted_repeatedly'])(
    'nothing when a fault can have caused %s',
    (code) => {
      expect(checkOutcome(run({ status: 'failed', error: { code, message: '?' } }))).toEqual([])
    },
  )

  it('a cancelled run that nobody stopped', () => {
    const cancelled = run({ status: 'cancelled' })
    expect(checkCancelled([cancelled], new Set())).toHaveLength(1)
    expect(checkCancelled([cancelled], new Set(['run_1']))).toEqual([])
  })

  it('two runs of one idempotency key', () => {
    expect(checkStarts([{ ...sent, runIds: new Set(['run_1', 'run_2']) }])).toHaveLength(1)
  })

  it('two runs of one session at the same time', () => {
    expect(checkOneActive([run(), run({ id: 'run_2', startedAt: 150, finishedAt: 300 })])).toHaveLength(1)
    expect(checkOneActive([run(), run({ id: 'run_2', startedAt: 200, finishedAt: 300 })])).toEqual([])
  })
})

describe('finds that too little was proved', () => {
  const nobody: ReadonlySet<string> = new Set()
  const failed = (id: string) => run({ id, status: 'failed', error: { code: 'model_overloaded', message: '?' } })
  const long = { stopped: nobody, minutes: 2, killed: 0 }
  const short = { stopped: nobody, minutes: 0.5, killed: 3 }

  it('when nothing is completed, however short it was', () => {
    expect(checkFloor([failed('run_1')], short)).toEqual(['none of 1 runs is completed'])
    expect(checkFloor([], short)).toHaveLength(1)
    expect(checkFloor([run(), failed('run_2'), failed('run_3')], short)).toEqual([])
  })

  it('when less than half of what nobody stopped is completed', () => {
    const runs = [run(), failed('run_2'), failed('run_3')]
    expect(checkFloor(runs, long).join()).toMatch(/only 1 of 3 runs/)
    expect(checkFloor(runs.slice(0, 2), long)).toEqual([])
    expect(checkFloor(runs, { ...long, stopped: new Set(['run_3']) })).toEqual([])
  })

  it('when a steering message cancelled runs, but others failed', () => {
    const steered = { ...sent, whenBusy: 'steer' as const }
    const cancelled = run({ id: 'run_2', status: 'cancelled', sent: steered })
    expect(checkFloor([run(), cancelled, { ...cancelled, id: 'run_3' }], long)).toEqual([])
    expect(checkFloor([run(), cancelled, failed('run_3'), failed('run_4')], long).join()).toMatch(/only 1 of 3/)
  })

  it('when instances were killed, and no run was taken over', () => {
    expect(checkFloor([run()], { ...long, killed: 4 }).join()).toMatch(/no run was taken over/)
    expect(checkFloor([run({ attempts: 2 })], { ...long, killed: 4 })).toEqual([])
  })
})

describe('finds with a watcher', () => {
  const log = logOf(CHUNKS)
  const sessionWatch = (seen: [string, typeof log][]): SessionWatch => ({
    name: 'watcher',
    sessionId: 'ses_1',
    runs: new Map(seen),
    logIds: new Map(),
    followsSince: null,
    connections: 1,
    servedBy: new Set(),
    resets: 0,
    problems: [],
  })

  it('an event that is another one in the log', () => {
    const other = log.map((event) => (event.n === 7 ? { ...event, data: '{}' } : event))
    expect(checkRunWatch(watch(other), log).join()).toMatch(/event 7 differs/)
  })

  it('an end that came too early', () => {
    expect(checkRunWatch(watch(log.slice(0, 5)), log).join()).toMatch(/saw 5 of 9/)
  })

  it('what it noted itself', () => {
    expect(checkRunWatch(watch(log, { problems: ['event 9 after 7'] }), log).join()).toMatch(/event 9 after 7/)
  })

  it('a run of the session that it never saw', () => {
    const runs = [run(), run({ id: 'run_2', startedAt: 200, finishedAt: 300 })]
    expect(checkSessionWatch(sessionWatch([['run_1', log]]), runs).join()).toMatch(/run_2: saw 0 of 9/)
    expect(checkSessionWatch(sessionWatch([['run_2', log]]), runs)).toEqual([])
  })

  it('that it saw nothing of a run that started while its last connection stood', () => {
    const blind = { ...sessionWatch([]), followsSince: 150 }
    const later = run({ id: 'run_2', startedAt: 200, finishedAt: 300 })
    expect(checkSessionWatch(blind, [run(), later])).toEqual([expect.stringMatching(/run_2: saw 0 of 9/)])
    expect(checkSessionWatch(blind, [run()])).toEqual([])
    expect(checkSessionWatch({ ...blind, followsSince: null }, [run(), later])).toEqual([])
  })
})

describe('finds in calls and transcripts', () => {
  it('a writing call that reached its tool twice', () => {
    expect(checkCalls([run()], [...ledger, ...ledger]).join()).toMatch(/reached its tool 2 times/)
  })

  it('a result of a call that was never made', () => {
    expect(checkCalls([run()], []).join()).toMatch(/never reached its tool/)
  })

  it('the result of another call', () => {
    const other = CHUNKS.map((chunk) =>
      chunk.type === 'tool-output-available' ? { ...chunk, output: { ...output, preview: 'record other x' } } : chunk,
    )
    expect(checkCalls([run({}, other)], ledger).join()).toMatch(/another call's result/)
  })

  it.each<[string, Partial<SessionFacts>, RegExp]>([
    ['a missing answer', { messages: session().messages.slice(0, 1) }, /missing from the transcript/],
    ['another answer', { messages: [{ ...answer, parts: answer.parts.slice(0, 2) }] }, /not the fold/],
    ['an answer twice', { messages: [answer, answer] }, /stands there twice/],
    ['a question twice', { messages: [...session().messages.slice(0, 1), ...session().messages] }, /stored 2 times/],
    ['an answer of no run', { messages: [...session().messages, { ...answer, id: 'msg_x' }] }, /belongs to no run/],
    ['an active run', { activeRunId: 'run_1' }, /still active/],
    ['a queued message', { queue: [{ id: 'run_2' }] }, /still queued/],
  ])('%s', (_, change, message) => expect(checkTranscript(session(change), [run()]).join()).toMatch(message))
})

it('draws the same for the same seed, and reads a plan back from its message', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 20 },
      (
        (random) => () =>
          random.next()
      )(new Random(seed)),
    )
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(planOfMessage(messageOfPlan(plan))).toEqual(plan)
  expect(planOfMessage('Why is checkout slow?')).toBeNull()
})
