/** Where a chat completion's chunk holds its delta; nothing else in such a chunk looks like this. */
const DELTAS = ['"delta":{"content":"', '"delta":{"reasoning_content":"']
const FRAME = 'data: {'
const END = '\n\n'

interface Frame {
  head: string
  text: string
  tail: string
}

/**
 * Joins neighbouring server-sent events of a chat completion that differ in nothing but the text of their delta. What
 * is not exactly that, a part of an event included, stays byte for byte as it is.
 */
export function joinFrames(chunk: Buffer): Buffer {
  const first = chunk.indexOf(END)
  if (first < 0 || chunk.indexOf(END, first + END.length) < 0) return chunk
  // Byte for byte: a character may be cut off at either end.
  const pieces = chunk.toString('latin1').split(END)
  const rest = pieces.pop() as string
  let joined = ''
  let open: Frame | null = null
  for (const piece of pieces) {
    const frame = frameOf(piece)
    if (open && frame && frame.head === open.head && frame.tail === open.tail) {
      open.text += frame.text
      continue
    }
    if (open) joined += open.head + open.text + open.tail + END
    open = frame
    if (!frame) joined += piece + END
  }
  if (open) joined += open.head + open.text + open.tail + END
  return Buffer.from(joined + rest, 'latin1')
}

function frameOf(piece: string): Frame | null {
  if (!piece.startsWith(FRAME)) return null
  for (const delta of DELTAS) {
    const found = piece.indexOf(delta)
    if (found < 0) continue
    const start = found + delta.length
    const end = endOfString(piece, start)
    // A delta that holds more than this text, and an event of several lines, are left alone.
    if (end < 0 || piece[end + 1] !== '}' || piece.includes('\n')) return null
    return { head: piece.slice(0, start), text: piece.slice(start, end), tail: piece.slice(end) }
  }
  return null
}

/** Where the JSON string that begins at `start` ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return -1
}
