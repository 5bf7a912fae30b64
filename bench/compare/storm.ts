import { cpuOf } from '../processes.ts'
import { median, round } from '../statistics.ts'
import type { Model, Subject } from '../subject.ts'
import { RATE } from '../throughput.ts'
import { questionOf } from '../tokens.ts'
import { Answer, wholeText } from './answer.ts'
import { watchThrough } from './watch-through.ts'

const BREAK_MILLISECONDS = 2_000
/** The answer goes on so long when the storm is over. */
const CALM_SECONDS = 2
const PATIENCE_MILLISECONDS = 25_000

/** Watchers of one answer whose connections break every 2 s, each at its own moment, and who come back at once. */
export async function measureStorm(subject: Subject, model: Model, watchers: number, seconds: number) {
  const tokens = RATE * (seconds + CALM_SECONDS)
  const witness = new Answer()
  const question = questionOf({ tokens, rate: RATE, gated: true, numbered: true })
  const { id, stream } = await subject.askAndWatch(question, witness.take)
  await subject.untilWatchable(id)
  const statsBefore = await subject.redis?.stats()
  const cpuBefore = cpuOf(subject.pid)
  await model.begin()
  const began = performance.now()
  const over = began + seconds * 1000
  const end = began + (tokens / RATE) * 1000
  const ends: number[] = []
  const all = await Promise.all(
    Array.from({ length: watchers }, async (_, index) => {
      let first = true
      const watching = await watchThrough(subject, id, {
        deadline: end + PATIENCE_MILLISECONDS,
        breaksAfter() {
          const share = first ? (index + 1) / watchers : 1
          first = false
          return performance.now() + BREAK_MILLISECONDS * share < over ? BREAK_MILLISECONDS * share : null
        },
      })
      ends.push(performance.now() - end)
      return watching
    }),
  )
  stream.close()
  await model.finishAnswers()
  const cpu = subject.alive() ? cpuOf(subject.pid) - cpuBefore : 0
  const statsAfter = await subject.redis?.stats()
  const whole = wholeText(tokens)
  const bytes =
    statsAfter && statsBefore
      ? statsAfter.bytesOut + statsAfter.bytesIn - statsBefore.bytesOut - statsBefore.bytesIn
      : 0
  return {
    watchers,
    whole: all.filter(({ answer }) => answer.complete && answer.text === whole).length,
    opened: all.reduce((sum, { opened }) => sum + opened, 0),
    refused: all.reduce((sum, { refused }) => sum + refused, 0),
    serverCpuSeconds: round(cpu / 1000),
    redisMiB: round(bytes / 1024 ** 2),
    medianLateMilliseconds: round(median(ends), 0),
    alive: subject.alive(),
  }
}
