import { setTimeout as delay } from 'node:timers/promises'
import { type Endpoint, openStream } from './http.ts'
import { median, percentile, round } from './statistics.ts'
import type { Model, Subject } from './subject.ts'
import { questionOf } from './tokens.ts'

const QUESTION = questionOf({ tokens: 4, rate: 200 })

/** Milliseconds until the first token of a stream, counted from `began`; resolves when the stream has ended. */
async function firstToken(began: number, endpoint: Endpoint, path: string, body?: unknown): Promise<number> {
  let first = 0
  const stream = await openStream(
    endpoint,
    path,
    (lines) => {
      if (first === 0 && lines.includes('~')) first = performance.now() - began
    },
    body === undefined ? {} : { method: 'POST', body },
  )
  const { complete } = await stream.ended
  if (!complete || first === 0) throw new Error(`${path} ended without an answer.`)
  return first
}

const bare = (model: Model) =>
  firstToken(performance.now(), model.endpoint, '/v1/chat/completions', {
    model: 'bench',
    stream: true,
    messages: [{ role: 'user', content: QUESTION }],
  })

async function asked(subject: Subject): Promise<number> {
  const began = performance.now()
  return firstToken(began, subject.endpoint, subject.streamPath(await subject.ask(QUESTION)))
}

/** Time to the first token over the subject and from the bare model, in turn, in pairs. */
export async function measureFirstToken(subject: Subject, model: Model, samples: number) {
  for (let count = 0; count < 20; count += 1) {
    await asked(subject)
    await bare(model)
  }
  const alone: number[] = []
  const through: number[] = []
  for (let count = 0; count < samples; count += 1) {
    // In changing order, so that neither always comes behind the other's leftovers (a title is made after each run).
    if (count % 2 === 0) alone.push(await bare(model))
    through.push(await asked(subject))
    await delay(10)
    if (count % 2 === 1) alone.push(await bare(model))
  }
  const added = through.map((value, index) => value - (alone[index] ?? 0))
  const row = (name: string, values: number[]) => ({
    'time to first token': name,
    samples: values.length,
    'median ms': round(median(values)),
    'p95 ms': round(percentile(values, 0.95)),
  })
  return [row('bare model', alone), row(subject.name, through), row('added (paired)', added)]
}
