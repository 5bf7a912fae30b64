import { setTimeout as delay } from 'node:timers/promises'
import { type OpenStream, openStream } from './http.ts'
import { median, percentile, round } from './statistics.ts'
import type { Model, Subject } from './subject.ts'
import { questionOf } from './tokens.ts'

const QUESTION = questionOf({ tokens: 4, rate: 200 })

/** Questions before the measured ones: until then what answers them is still being compiled, of every subject. */
const WARM_UP = 100

/** Milliseconds until the first token of a stream; resolves when the stream has ended. */
async function firstToken(name: string, open: (take: (lines: string) => void) => Promise<OpenStream>): Promise<number> {
  const began = performance.now()
  let first = 0
  const stream = await open((lines) => {
    if (first === 0 && lines.includes('~')) first = performance.now() - began
  })
  const { complete } = await stream.ended
  if (!complete || first === 0) throw new Error(`A stream of ${name} ended without an answer.`)
  return first
}

const bare = (model: Model) =>
  firstToken('the bare model', (take) =>
    openStream(model.endpoint, '/v1/chat/completions', take, {
      method: 'POST',
      body: { model: 'bench', stream: true, messages: [{ role: 'user', content: QUESTION }] },
    }),
  )

const asked = (subject: Subject, ask = subject.askAndWatch) =>
  firstToken(subject.name, async (take) => (await ask(QUESTION, take)).stream)

/** Time to the first token over the subject and from the bare model, in turn, in pairs. */
export async function measureFirstToken(subject: Subject, model: Model, samples: number) {
  const rows = await measurePairs(subject, model, samples, { name: subject.name, ask: subject.askAndWatch })
  const twice = subject.askThenWatch
  if (!twice) return rows
  const [, ...more] = await measurePairs(subject, model, samples, { name: 'in two requests', ask: twice })
  return [...rows, ...more]
}

async function measurePairs(
  subject: Subject,
  model: Model,
  samples: number,
  { name, ask }: { name: string; ask: Subject['askAndWatch'] },
) {
  for (let count = 0; count < WARM_UP; count += 1) {
    await asked(subject, ask)
    await bare(model)
  }
  const alone: number[] = []
  const through: number[] = []
  for (let count = 0; count < samples; count += 1) {
    // In changing order, so that neither always comes behind the other's leftovers (a title is made after each run).
    if (count % 2 === 0) alone.push(await bare(model))
    through.push(await asked(subject, ask))
    await delay(10)
    if (count % 2 === 1) alone.push(await bare(model))
  }
  const added = through.map((value, index) => value - (alone[index] ?? 0))
  const row = (label: string, values: number[]) => ({
    'time to first token': label,
    samples: values.length,
    'median ms': round(median(values)),
    'p95 ms': round(percentile(values, 0.95)),
  })
  return [row('bare model', alone), row(name, through), row(`added, ${name}`, added)]
}
