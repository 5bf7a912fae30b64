import type { Random } from './random.ts'

/** One call that the scripted model asks for. `key` is unique over the whole run of chaos. */
export interface PlannedCall {
  tool: 'look_up' | 'record'
  key: string
  /** Size of the answer. */
  bytes: number
  /** Milliseconds that the tool takes. */
  takes: number
}

/** What the model will do with one message; the message carries it, so the model needs no memory. */
export interface Plan {
  id: string
  steps: { words: number; calls: PlannedCall[] }[]
  /** Words of the closing answer. */
  words: number
  /** Milliseconds between two words. */
  pace: number
  reasons: boolean
}

const MARK = 'chaos '

export const messageOfPlan = (plan: Plan) => `${MARK}${plan.id}\n${JSON.stringify(plan)}`

/** The plan that a message carries; null when it is none of ours. */
export function planOfMessage(text: string): Plan | null {
  const start = text.indexOf(`\n{"id":`)
  if (!text.startsWith(MARK) || start < 0) return null
  return JSON.parse(text.slice(start + 1)) as Plan
}

const numbered = (label: string, words: number) => Array.from({ length: words }, (_, index) => `${label}.${index}`)

/** The words of a step's text, each of them numbered, so that a lost, doubled or misplaced one shows. */
export function wordsOf(plan: Plan, step: number): string[] {
  const words = plan.steps[step]?.words ?? plan.words
  return numbered(`${plan.id}:${step}`, words).map((word) => `${word} `)
}

/** What a completed answer's text parts must be. */
export const expectedTexts = (plan: Plan): string[] =>
  [...plan.steps, null].map((_, step) => wordsOf(plan, step).join('')).filter((text) => text !== '')

export function drawPlan(random: Random, id: string): Plan {
  const steps = Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, (_, step) => ({
    words: random.chance(0.6) ? random.between(1, 15) : 0,
    calls: Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, call): PlannedCall => {
      const tool = random.chance(0.5) ? 'record' : 'look_up'
      return {
        tool,
        key: `${id}-${step}-${call}`,
        bytes: random.pick([20, 400, 400, 60_000]),
        takes: random.pick([0, 0, 100, 600, 1500]),
      }
    }),
  }))
  return { id, steps, words: random.between(10, 120), pace: random.pick([5, 15, 30]), reasons: random.chance(0.4) }
}
