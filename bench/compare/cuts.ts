import { setTimeout as delay } from 'node:timers/promises'
import type { Model, Subject } from '../subject.ts'
import { RATE } from '../throughput.ts'
import { questionOf } from '../tokens.ts'
import { Answer, faultsOf, wholeText } from './answer.ts'
import { type Watching, watchThrough } from './watch-through.ts'

/** Longer than both take to notice that a stream's end was lost. */
const PATIENCE_MILLISECONDS = 30_000
const BETWEEN_CUTS_MILLISECONDS = 1_000

interface Options {
  kind: 'normal' | 'pubsub'
  answers: number
  /** Of each answer, the asker included. */
  watchers: number
  seconds: number
}

/**
 * Redis closes its clients' connections once a second while answers are streamed. The watchers' own connections stay; a
 * watcher whose stream ends without `[DONE]` comes back.
 */
export async function measureCuts(subject: Subject, model: Model, { kind, answers, watchers, seconds }: Options) {
  const { redis } = subject
  if (!redis) throw new Error('Without Redis there are no connections of it to cut.')
  const tokens = RATE * seconds
  const deadline = performance.now() + seconds * 1000 + PATIENCE_MILLISECONDS
  const never = { deadline, breaksAfter: () => null }
  const ids: string[] = []
  const ends: Promise<Watching>[] = []
  for (let count = 0; count < answers; count += 1) {
    const answer = new Answer()
    const question = questionOf({ tokens, rate: RATE, gated: true, numbered: true })
    const { id, stream } = await subject.askAndWatch(question, answer.take)
    await subject.untilWatchable(id)
    ids.push(id)
    ends.push(watchThrough(subject, id, { ...never, begun: { answer, stream } }))
    for (let other = 1; other < watchers; other += 1) ends.push(watchThrough(subject, id, never))
  }
  await delay(500)
  await model.begin()
  let cut = 0
  let times = 0
  for (; (times + 1) * BETWEEN_CUTS_MILLISECONDS < seconds * 1000; times += 1) {
    await delay(BETWEEN_CUTS_MILLISECONDS)
    cut += await redis.cut(kind)
  }
  const all = await Promise.all(ends)
  await model.finishAnswers()
  const whole = wholeText(tokens)
  const faults = all.map(({ answer }) => faultsOf(answer.text, tokens))
  const stored = await Promise.all(ids.map((id) => subject.storedAnswer(id).catch(() => '')))
  return {
    answers,
    watchers: all.length,
    tokens: tokens * all.length,
    times,
    cut,
    whole: all.filter(({ answer }) => answer.complete && answer.text === whole).length,
    lost: faults.reduce((sum, { lost }) => sum + lost, 0),
    twice: faults.reduce((sum, { twice }) => sum + twice, 0),
    unfinished: all.filter(({ answer }) => !answer.complete).length,
    storedWhole: stored.filter((text) => text === whole).length,
    alive: subject.alive(),
  }
}
