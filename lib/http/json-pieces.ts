import { Answer, type Sink } from '@/lib/http/answer'

/**
 * As a handler's result with status 200, which is JSON already, in pieces that make one text. Large ones are bytes and go
 * out as they are, without a copy of the whole.
 */
export function jsonPiecesAnswer(pieces: (string | Uint8Array<ArrayBuffer>)[]): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  const joined = joinStrings(pieces)
  const [first = '', ...others] = joined
  if (typeof first === 'string' && others.length === 0) return new Answer(first, { status: 200, headers })
  const bytes = joined.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))
  const length = bytes.reduce((sum, piece) => sum + piece.length, 0)
  const body = {
    open(sink: Sink) {
      // All of it is there already: to wait for room would hold it no shorter.
      for (const piece of bytes) sink.write(piece)
      sink.close()
    },
    resume() {},
    cancel() {},
  }
  return new Answer(body, { status: 200, headers: { ...headers, 'content-length': String(length) } })
}

function joinStrings<Bytes>(pieces: (string | Bytes)[]): (string | Bytes)[] {
  const joined: (string | Bytes)[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece
    else joined.push(piece)
  }
  return joined
}
