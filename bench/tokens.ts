/**
 * A bench token says when it left the model: `~` and the time in base 36, about as long as a real token with its
 * space. Processes of one machine share the clock, to a millisecond.
 */
const ROUND = 36 ** 6

export const newToken = (now = Date.now()) => `~${(now % ROUND).toString(36).padStart(6, '0')}`

/** Instead of the time: the token's number, so that an answer's text tells what is missing. */
export const numberedToken = (number: number) => `~${number.toString(36).padStart(6, '0')}`

/** Milliseconds since the token left the model. */
export function ageOf(stamp: string, now: number): number {
  const age = ((now % ROUND) - Number.parseInt(stamp, 36) + ROUND) % ROUND
  return age > ROUND / 2 ? 0 : age
}

export const TOKEN = /~([0-9a-z]{6})/g

/** What a question asks of the bench model. */
export interface Order {
  tokens: number
  /** Tokens a second; 0: as fast as they are taken. */
  rate: number
  /** After its tokens the answer stays open until the caller goes away. */
  hold?: boolean
  /** Paced answers only: the first token waits until the bench says so to all of them. */
  gated?: boolean
  /** Paced answers only: tokens carry their number, from 0, instead of the time. */
  numbered?: boolean
  /** Paced answers only: the tokens are those of an answer in markdown, so many of them at once and the rest at the rate. */
  written?: number
}

export const questionOf = ({ tokens, rate, hold, gated, numbered, written }: Order) =>
  `bench tokens=${tokens} rate=${rate}${hold ? ' hold' : ''}${gated ? ' gated' : ''}${numbered ? ' numbered' : ''}${written === undefined ? '' : ` written=${written}`}: please answer`

export function orderIn(question: string): Order | null {
  const match = /bench tokens=(\d{1,7}) rate=(\d{1,6})( hold)?( gated)?( numbered)?(?: written=(\d{1,7}))?:/.exec(
    question,
  )
  return (
    match && {
      tokens: Number(match[1]),
      rate: Number(match[2]),
      hold: match[3] !== undefined,
      gated: match[4] !== undefined,
      numbered: match[5] !== undefined,
      ...(match[6] !== undefined && { written: Number(match[6]) }),
    }
  )
}
