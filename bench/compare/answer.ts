import { numberedToken } from '../tokens.ts'

/**
 * An answer as a client puts it together from the streams that it reads one after the other. A `start` chunk begins the
 * message anew, as in the AI SDK's own transport, where a resumed stream is a full replay.
 */
export class Answer {
  text = ''
  /** The last event's number, where events have one: where to go on behind. */
  after = 0
  /** A stream of it ended with `[DONE]`. */
  complete = false
  private number = 0

  /** Takes whole lines. An event counts with its data: an id whose data did not arrive is not behind us. */
  readonly take = (lines: string): void => {
    for (const line of lines.split('\n')) {
      if (line.startsWith('id: ')) this.number = Number(line.slice(4))
      else if (line.startsWith('data: [DONE]')) this.complete = true
      else if (line.startsWith('data: ')) this.read(JSON.parse(line.slice(6)))
    }
  }

  private read(chunk: { type: string; delta?: string }): void {
    if (chunk.type === 'start' || chunk.type === 'reset-step') this.text = ''
    else if (chunk.type === 'text-delta') this.text += chunk.delta ?? ''
    this.after = Math.max(this.after, this.number)
  }
}

/** The text of an answer of so many numbered tokens. */
export const wholeText = (tokens: number) => Array.from({ length: tokens }, (_, index) => numberedToken(index)).join('')

/** How many of an answer's numbered tokens a text lacks, and how many it holds twice. */
export function faultsOf(text: string, tokens: number): { lost: number; twice: number } {
  const seen = new Map<string, number>()
  for (const [token] of text.matchAll(/~[0-9a-z]{6}/g)) seen.set(token, (seen.get(token) ?? 0) + 1)
  let lost = 0
  let twice = 0
  for (let index = 0; index < tokens; index += 1) {
    const count = seen.get(numberedToken(index)) ?? 0
    if (count === 0) lost += 1
    if (count > 1) twice += 1
  }
  return { lost, twice }
}
