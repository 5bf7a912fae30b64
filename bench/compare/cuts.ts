import { setTimeout as delay } from 'node:timers/promises'
import type { Model, Subject } from '../subject.ts'
import { RATE } from '../throughput.ts'
import { questionOf } from '../tokens.ts'
import { Answer, faultsOf, wholeText } from './answer.ts'
import { watchThrough } from './watch-through.ts'

/** Longer than both take to notice that a stream's end was lost. */
const PATIENCE_MILLISECONDS = 30_000

/**
 * Redis closes its clients' connections in the middle of an answer, twice. The watchers' own connections stay; a watcher
 * whose stream ends without `[DONE]` comes back.
 */
export async function measureCuts(
  subject: Subject,
  model: Model,
  { kind, watchers, seconds }: { kind: 'normal' | 'pubsub'; watchers: number; seconds: number },
) {
  const { redis } = subject
  if (!redis) throw new Error('Without Redis there are no connections of it to cut.')
  const tokens = RATE * seconds
  const asker = new Answer()
  const question = questionOf({ tokens, rate: RATE, gated: true, numbered: true })
  const { id, stream } = await subject.askAndWatch(question, asker.take)
  await subject.untilWatchable(id)
  const deadline = performance.now() + seconds * 1000 + PATIENCE_MILLISECONDS
  const never = { deadline, breaksAfter: () => null }
  const ends = [
    watchThrough(subject, id, { ...never, begun: { answer: asker, stream } }),
    ...Array.from({ length: watchers - 1 }, () => watchThrough(subject, id, never)),
  ]
  await delay(500)
  await model.begin()
  let cut = 0
  for (let time = 0; time < 2; time += 1) {
    await delay((seconds * 1000) / 3)
    cut += await redis.cut(kind)
  }
  const all = await Promise.all(ends)
  await model.finishAnswers()
  const whole = wholeText(tokens)
  const faults = all.map(({ answer }) => faultsOf(answer.text, tokens))
  return {
    tokens,
    watchers,
    cut,
    whole: all.filter(({ answer }) => answer.complete && answer.text === whole).length,
    lost: faults.reduce((sum, { lost }) => sum + lost, 0),
    twice: faults.reduce((sum, { twice }) => sum + twice, 0),
    unfinished: all.filter(({ answer }) => !answer.complete).length,
    storedWhole: (await subject.storedAnswer(id).catch(() => '')) === whole,
    alive: subject.alive(),
  }
}
