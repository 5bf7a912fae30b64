import { hash } from 'node:crypto'

type Counter = (text: string) => number

/** Merging a run of one kind of character takes quadratic time, so longer runs are counted in pieces. */
const LONGEST_RUN = 256
const LONGEST_PIECE = 16_384
const CACHED_TEXTS = 20_000

let counter: Counter | undefined
let loading: Promise<Counter> | undefined
const cache = new Map<string, number>()

/** Loads the tokenizer (160 ms, 76 MB) unless that was done before. */
export async function loadTokenizer(): Promise<void> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens: count }) => {
    // What looks like a special token in a log line is text like any other.
    const options = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }
    return (text) => count(text, options)
  })
  counter = await loading
}

/** How many tokens (o200k) the text is. Long runs of equal characters count slightly too high. */
export async function countTokens(text: string): Promise<number> {
  await loadTokenizer()
  return countTokensSync(text)
}

/** As `countTokens`; only after `loadTokenizer`. Each text is tokenised once while it is in the cache. */
export function countTokensSync(text: string): number {
  if (text === '') return 0
  const key = text.length <= 100 ? text : hash('sha1', text, 'base64') + text.length
  const known = cache.get(key)
  if (known !== undefined) {
    cache.delete(key)
    cache.set(key, known)
    return known
  }
  const count = countPieces(text)
  cache.set(key, count)
  if (cache.size > CACHED_TEXTS) cache.delete(cache.keys().next().value as string)
  return count
}

function countPieces(text: string): number {
  if (!counter) throw new Error('The tokenizer is not loaded.')
  let count = 0
  for (const piece of pieces(text)) count += counter(piece)
  return count
}

/** The text in pieces that are each quick to tokenise, cut so that a usual text stays in very few. */
function* pieces(text: string): Generator<string> {
  let start = 0
  let runStart = 0
  let kind = -1
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const now = kindOf(code)
    if (now !== kind) {
      kind = now
      // Between words is the best place to cut a long text.
      if (index - start >= LONGEST_PIECE) {
        yield text.slice(start, index)
        start = index
      }
      runStart = index
    } else if (index - runStart >= LONGEST_RUN && !isLowSurrogate(code)) {
      yield text.slice(start, index)
      start = index
      runStart = index
    }
  }
  if (start < text.length) yield text.slice(start)
}

const SPACE = 0
const LETTER = 1
const OTHER = 2

function kindOf(code: number): number {
  if (code === 32 || (code >= 9 && code <= 13)) return SPACE
  if (code > 127 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return LETTER
  return OTHER
}

const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff

/**
 * The beginning of the text in at most so many bytes of UTF-8, never ending inside a character. With `tail`, about so
 * many bytes of the end are kept too, behind a line that says how much is missing; all of it within `maximum`.
 */
export function cutToBytes(text: string, maximum: number, options: { tail?: number } = {}): string {
  // A character of a string is one to three bytes, so most texts need no encoding to be judged.
  if (text.length * 3 <= maximum) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= maximum) return text
  const line = (left: number) => `\n[… ${left} bytes left out …]\n`
  const room = maximum - Buffer.byteLength(line(bytes.length))
  const tail = Math.min(options.tail ?? 0, Math.floor(room / 2))
  if (tail <= 0) return bytes.toString('utf8', 0, boundaryBefore(bytes, maximum))
  const headEnd = boundaryBefore(bytes, room - tail)
  const tailStart = boundaryAfter(bytes, bytes.length - tail)
  return bytes.toString('utf8', 0, headEnd) + line(tailStart - headEnd) + bytes.toString('utf8', tailStart)
}

/** As `cutToBytes`, in tokens: a quarter of the room goes to the end of the text, the missing part is named. */
export async function cutToTokens(text: string, maximum: number): Promise<string> {
  await loadTokenizer()
  return cutToTokensSync(text, maximum)
}

/** As `cutToTokens`; only after `loadTokenizer`. */
export function cutToTokensSync(text: string, maximum: number): string {
  let tokens = countTokensSync(text)
  if (tokens <= maximum) return text
  let kept = text
  let size = Buffer.byteLength(text)
  const bytes = Buffer.from(text)
  // Token density varies within a text: aim a little low and correct until it fits.
  while (tokens > maximum && size > 0) {
    size = Math.floor(size * Math.min(0.9, (maximum / tokens) * 0.97))
    kept = cutToBytes(text, Math.min(size, bytes.length - 1), { tail: Math.floor(size / 4) })
    tokens = countPieces(kept)
  }
  return kept
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

function boundaryBefore(bytes: Buffer, index: number): number {
  let at = Math.max(0, Math.min(index, bytes.length))
  while (at > 0 && isContinuation(bytes[at])) at--
  return at
}

function boundaryAfter(bytes: Buffer, index: number): number {
  let at = Math.max(0, index)
  while (at < bytes.length && isContinuation(bytes[at])) at++
  return at
}
