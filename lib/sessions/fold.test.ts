import { readUIMessageStream } from 'ai'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LongwatchMessage, RunChunk } from '@/lib/agent/events'
import {
  changedParts,
  emptyFold,
  type FoldState,
  foldChunk,
  foldChunks,
  messageOf,
  partAt,
  partKeys,
} from '@/lib/sessions/fold'
import { hasOpenParts } from '@/lib/sessions/fold/close'
import { mergeDeltas } from '@/lib/sessions/fold/merge'
import { randomLog } from '@/lib/sessions/fold/random-log'

const fold = (log: Iterable<RunChunk>) => foldChunks(emptyFold('msg_run_test'), log)
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** What the AI SDK makes of the log, less the reasoning of steps that reached their tools phase: the one rule of our own. */
async function readByAiSdk(log: RunChunk[]): Promise<unknown> {
  const stream = new ReadableStream<RunChunk>({
    start(controller) {
      for (const chunk of log) controller.enqueue(chunk)
      controller.close()
    },
  })
  let message: LongwatchMessage | undefined
  const failures: string[] = []
  const onError = (error: unknown) => failures.push((error as Error).message)
  for await (const snapshot of readUIMessageStream<LongwatchMessage>({ stream, onError })) message = snapshot
  expect(failures.filter((failure) => failure !== 'No.')).toEqual([])
  const reachedTools = new Set<number>()
  let step = 0
  for (const chunk of log) {
    if (chunk.type === 'start-step') step++
    if (chunk.type === 'data-step' && chunk.data.phase === 'tools') reachedTools.add(step)
  }
  let at = 0
  const parts = message?.parts.filter((part) => {
    if (part.type === 'step-start') at++
    return part.type !== 'reasoning' || !reachedTools.has(at)
  })
  return throughJson({ ...message, parts })
}

describe('the fold of a random log', () => {
  test('goes on from any of its states, sent through JSON, to the same end', () => {
    fc.assert(
      fc.property(randomLog(), (log) => {
        const whole = fold(log)
        let state = emptyFold('msg_run_test')
        for (let k = 0; k <= log.length; k++) {
          expect(throughJson(state)).toEqual(state)
          expect(foldChunks(throughJson(state), log.slice(k))).toEqual(whole)
          if (k < log.length) state = foldChunk(state, log[k] as RunChunk)
        }
        expect(whole.events).toBe(log.length)
        expect(whole.ignored).toBe(0)
        expect(hasOpenParts(whole)).toBe(false)
        expect(whole.progress).toEqual({})
      }),
      { numRuns: 60 },
    )
  })

  test('is the message that the AI SDK reads from it', async () => {
    await fc.assert(
      fc.asyncProperty(randomLog(), async (log) => {
        expect(throughJson(messageOf(fold(log)))).toEqual(await readByAiSdk(log))
      }),
      { numRuns: 150 },
    )
  })

  test('keeps the identity of every part that an event does not name', () => {
    fc.assert(
      fc.property(randomLog(), (log) => {
        let state = emptyFold('msg_run_test')
        for (const chunk of log) {
          const next = foldChunk(state, chunk)
          const before = messageOf(state).parts
          const after = messageOf(next).parts
          const changed = after.filter((part) => !before.includes(part))
          expect(changed.length).toBeLessThanOrEqual(1)
          if (chunk.type.endsWith('-delta')) expect(next.parts).toBe(state.parts)
          const named = changedParts(state, next).filter((index) => index < after.length)
          for (const index of after.keys()) expect(named.includes(index)).toBe(after[index] !== before[index])
          for (const index of after.keys()) expect(partAt(next, index)).toBe(after[index])
          state = next
        }
      }),
      { numRuns: 60 },
    )
  })

  test('is the same when adjacent deltas were merged', () => {
    fc.assert(
      fc.property(randomLog(), fc.integer({ min: 1, max: 40 }), (log, maxBytes) => {
        const merged = fold(mergeDeltas(log, maxBytes))
        expect({ ...merged, events: log.length }).toEqual(fold(log))
      }),
      { numRuns: 100 },
    )
  })

  test('changes no state that it was given', () => {
    const freeze = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
      Object.freeze(value)
      Object.values(value).forEach(freeze)
    }
    fc.assert(
      fc.property(randomLog(), (log) => {
        let state = emptyFold('msg_run_test')
        for (const chunk of log) {
          freeze(state)
          freeze(chunk)
          state = foldChunk(state, chunk)
        }
      }),
      { numRuns: 30 },
    )
  })
})

test('never throws for chunks in any order, from anywhere', () => {
  const anyChunk = randomLog().chain((log) => fc.constantFrom(...log))
  const strange = fc.constantFrom(
    { type: 'data-run', transient: true },
    { type: 'data-tool-progress', data: null },
    { type: 'tool-unheard-of', toolCallId: 'x' },
    { type: 'unheard-of' },
    { type: 'text-delta', id: '__proto__', delta: 'x' },
    { type: 'tool-output-available', toolCallId: 'constructor', output: 1 },
  ) as unknown as fc.Arbitrary<RunChunk>
  fc.assert(
    fc.property(fc.array(fc.oneof(anyChunk, strange), { maxLength: 40 }), (chunks) => {
      const state = fold(chunks)
      expect(state.events).toBe(chunks.length)
      expect(throughJson(state)).toEqual(state)
      messageOf(state)
    }),
    { numRuns: 150 },
  )
})

test('counts what it ignores', () => {
  const state = fold([
    { type: 'text-delta', id: 'nobody', delta: 'x' },
    { type: 'tool-output-error', toolCallId: 'nobody', errorText: 'x' },
    { type: 'tool-output-denied', toolCallId: 'nobody' },
    { type: 'finish' },
    { type: 'start-step' },
  ])
  expect(state).toMatchObject({ ignored: 4, events: 5, parts: [], ended: { kind: 'finish' } })
})

/** The keys of all objects that the newer state does not share with the older one: what making it has copied. */
function copiedKeys(before: unknown, after: unknown): number {
  if (before === after || typeof after !== 'object' || after === null) return 0
  const old = (typeof before === 'object' && before !== null ? before : {}) as Record<string, unknown>
  return Object.entries(after).reduce((sum, [key, value]) => sum + 1 + copiedKeys(old[key], value), 0)
}

test('copies as little for the 200,000th delta of the 500th part as for the first of the first', () => {
  const delta: RunChunk = { type: 'text-delta', id: 'long', delta: 'word ' }
  const costOfNextDelta = (state: FoldState) => copiedKeys(state, foldChunk(state, delta))
  const first = fold([{ type: 'start-step' }, { type: 'text-start', id: 'long' }])
  const many: RunChunk[] = []
  for (let index = 0; index < 500; index++) {
    many.push({ type: 'start-step' }, { type: 'text-start', id: `${index}` }, { type: 'text-end', id: `${index}` })
  }
  let state = fold([...many, { type: 'text-start', id: 'long' }])
  for (let index = 0; index < 200_000; index++) state = foldChunk(state, delta)
  expect(messageOf(state).parts.at(-1)).toMatchObject({ text: 'word '.repeat(200_000) })
  expect(costOfNextDelta(state)).toBe(costOfNextDelta(first))
  expect(costOfNextDelta(first)).toBeGreaterThan(5)

  const input: RunChunk = { type: 'tool-input-delta', toolCallId: 'call', inputTextDelta: '{"a":1}' }
  const started = fold([{ type: 'tool-input-start', toolCallId: 'call', toolName: 'query', dynamic: true }, input])
  let typing = started
  for (let index = 0; index < 20_000; index++) typing = foldChunk(typing, input)
  expect(copiedKeys(typing, foldChunk(typing, input))).toBe(copiedKeys(started, foldChunk(started, input)))
})

test('drops the reasoning of a step when its tools begin, and of no other step', () => {
  const reasoning = (id: string): RunChunk[] => [
    { type: 'start-step' },
    { type: 'reasoning-start', id },
    { type: 'reasoning-delta', id, delta: id },
    { type: 'reasoning-end', id },
  ]
  const state = fold([
    ...reasoning('kept'),
    ...reasoning('dropped'),
    { type: 'text-start', id: 'text' },
    { type: 'data-step', data: { step: 2, phase: 'tools' }, transient: true },
    { type: 'text-delta', id: 'text', delta: 'still open' },
  ])
  expect(messageOf(state).parts.map((part) => ('text' in part ? part.text : part.type))).toEqual([
    'step-start',
    'kept',
    'step-start',
    'still open',
  ])
  expect(state.step).toEqual({ step: 2, phase: 'tools' })
})

test('keeps the progress of a call until its output, and ignores what comes later', () => {
  const progress: RunChunk = {
    type: 'data-tool-progress',
    data: { toolCallId: 'a', status: 'started' },
    transient: true,
  }
  const running = fold([
    { type: 'tool-input-available', toolCallId: 'a', toolName: 'q', input: {}, dynamic: true },
    progress,
  ])
  expect(running.progress).toEqual({ a: { status: 'started' } })
  const done = foldChunk(running, { type: 'tool-output-available', toolCallId: 'a', output: 1 })
  expect(done.progress).toEqual({})
  expect(foldChunk(done, progress)).toMatchObject({ progress: {}, ignored: 1 })
})

test('gives parts keys that are unique and outlive dropped reasoning', () => {
  const keys = partKeys([
    { type: 'step-start' },
    { type: 'text', text: '' },
    { type: 'dynamic-tool', toolName: 'q', toolCallId: 'a', state: 'input-available', input: {} },
    { type: 'step-start' },
    { type: 'text', text: '' },
    { type: 'dynamic-tool', toolName: 'q', toolCallId: 'a', state: 'input-available', input: {} },
  ])
  expect(keys).toEqual(['step-start:', 'text:', 'tool:a', 'step-start:#1', 'text:#1', 'tool:a#1'])
})
