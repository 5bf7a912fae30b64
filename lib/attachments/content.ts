import { badRequest } from '@/lib/errors'

export type Content =
  | { kind: 'image'; mediaType: string; data: Buffer }
  | { kind: 'text'; mediaType: string; data: string }

const starts = (bytes: Buffer, text: string, at = 0) => bytes.toString('latin1', at, at + text.length) === text

/** What the first bytes say, which is all that counts: neither a name nor a declared type decides what is shown. */
function imageType(bytes: Buffer): string | null {
  if (starts(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (starts(bytes, '\xff\xd8\xff')) return 'image/jpeg'
  if (starts(bytes, 'GIF87a') || starts(bytes, 'GIF89a')) return 'image/gif'
  if (starts(bytes, 'RIFF') && starts(bytes, 'WEBP', 8)) return 'image/webp'
  return null
}

function encodingOf(bytes: Buffer): string {
  if (starts(bytes, '\xff\xfe')) return 'utf-16le'
  if (starts(bytes, '\xfe\xff')) return 'utf-16be'
  return 'utf-8'
}

/** Text may have some: colours of a terminal, form feeds. More of them means that it is something else. */
const MOST_CONTROLS = 0.05

/**
 * Tells what a file is. Text is decoded (UTF-8, or UTF-16 that begins with its mark); SVG and HTML are text. Throws
 * `bad_request` (field `file`) for what is empty, or neither text nor a PNG, JPEG, GIF or WebP.
 */
export function readContent(bytes: Buffer): Content {
  if (bytes.length === 0) throw badRequest('file', 'This file is empty.')
  const mediaType = imageType(bytes)
  if (mediaType) return { kind: 'image', mediaType, data: bytes }
  let data: string
  try {
    data = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch {
    throw notText()
  }
  if (data === '') throw badRequest('file', 'This file is empty.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  const controls = data.match(/[\x00-\x08\x0e-\x1f\x7f]/g)?.length ?? 0
  if (data.includes('\0') || controls > data.length * MOST_CONTROLS) throw notText()
  return { kind: 'text', mediaType: 'text/plain', data }
}

const notText = () =>
  badRequest('file', 'This file is neither text nor a PNG, JPEG, GIF or WebP image, so it cannot be read here.')
