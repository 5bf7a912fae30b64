import type { ToolContent } from '@/lib/mcp/types'

export interface BoundedOutput {
  content: ToolContent[]
  structured?: unknown
  /** Something was left out or shortened. */
  cut: boolean
}

type Block = Record<string, unknown>

/**
 * Reads a `tools/call` result into our own blocks, at most `maxBytes` in all. Text stays text; images, audio and
 * blobs become checked base64; resources become what they hold; what is unknown is kept as JSON.
 */
export function readOutput(result: Record<string, unknown>, maxBytes: number): BoundedOutput {
  const blocks = Array.isArray(result.content) ? result.content : []
  let left = maxBytes
  let cut = false
  const content: ToolContent[] = []
  for (const block of blocks) {
    const read = readBlock(isObject(block) ? block : { value: block })
    const size = read.type === 'text' ? Buffer.byteLength(read.text) : read.base64.length
    if (size <= left) {
      content.push(read)
      left -= size
      continue
    }
    cut = true
    if (read.type === 'text' && left > 0) content.push({ ...read, text: cutText(read.text, left) })
    left = 0
  }
  const { structuredContent } = result
  if (structuredContent === undefined || structuredContent === null) return { content, cut }
  if (Buffer.byteLength(JSON.stringify(structuredContent)) > maxBytes) return { content, cut: true }
  return { content, structured: structuredContent, cut }
}

/** At most so many bytes of UTF-8, never half a character. */
export function cutText(text: string, bytes: number): string {
  const buffer = Buffer.from(text)
  if (buffer.byteLength <= bytes) return text
  let end = Math.max(0, bytes)
  while (end > 0 && ((buffer[end] as number) & 0xc0) === 0x80) end--
  return buffer.toString('utf8', 0, end)
}

function readBlock(block: Block): ToolContent {
  switch (block.type) {
    case 'text':
      if (typeof block.text === 'string') return plain(block.text)
      break
    case 'image':
    case 'audio':
      if (typeof block.data === 'string') return binary(block.data, mediaTypeOf(block.mimeType, OCTETS))
      break
    case 'resource':
      if (isObject(block.resource)) return readResource(block.resource)
      break
    case 'resource_link':
      return plain(describeLink(block))
  }
  return { type: 'text', text: JSON.stringify(block), mediaType: 'application/json' }
}

function readResource(resource: Block): ToolContent {
  if (typeof resource.blob === 'string') return binary(resource.blob, mediaTypeOf(resource.mimeType, OCTETS))
  const text = typeof resource.text === 'string' ? resource.text : JSON.stringify(resource)
  return { type: 'text', text, mediaType: mediaTypeOf(resource.mimeType, 'text/plain') }
}

function describeLink(link: Block): string {
  const name = [link.title, link.name].find((value) => typeof value === 'string' && value !== '') ?? 'unnamed'
  const details = [link.mimeType, link.description].filter((value) => typeof value === 'string' && value !== '')
  return `Resource ${name}: ${String(link.uri ?? '')}${details.length ? ` (${details.join('; ')})` : ''}`
}

const OCTETS = 'application/octet-stream'
const plain = (text: string): ToolContent => ({ type: 'text', text, mediaType: 'text/plain' })
const isObject = (value: unknown): value is Block => typeof value === 'object' && value !== null

function mediaTypeOf(value: unknown, otherwise: string): string {
  const essence = typeof value === 'string' ? value.split(';')[0]?.trim().toLowerCase() : undefined
  return essence && /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/.test(essence) ? essence : otherwise
}

/** Accepts line breaks, the URL alphabet, missing padding and data URLs; what is no base64 at all is said to be so. */
function binary(data: string, mediaType: string): ToolContent {
  const compact = data
    .replace(/^data:[^,]{0,200};base64,/, '')
    .replace(/\s+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(compact) || compact.length % 4 === 1)
    return plain(`[${mediaType} content was left out: the server did not send it as base64]`)
  return { type: 'binary', mediaType, base64: compact.padEnd(Math.ceil(compact.length / 4) * 4, '=') }
}
