import type { RunChunk } from '@/lib/agent/events'

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text).length

interface Delta {
  kind: string
  id: string
  text: string
}

function deltaOf(chunk: RunChunk): Delta | null {
  if (chunk.type === 'tool-input-delta') return { kind: chunk.type, id: chunk.toolCallId, text: chunk.inputTextDelta }
  if (chunk.type !== 'text-delta' && chunk.type !== 'reasoning-delta') return null
  return chunk.providerMetadata === undefined ? { kind: chunk.type, id: chunk.id, text: chunk.delta } : null
}

const withText = (chunk: RunChunk, text: string): RunChunk => {
  if (chunk.type === 'tool-input-delta') return { ...chunk, inputTextDelta: text }
  if (chunk.type === 'text-delta' || chunk.type === 'reasoning-delta') return { ...chunk, delta: text }
  return chunk
}

/**
 * Joins adjacent text, reasoning or tool-input deltas of one part while the joined text stays within `maxBytes` of
 * UTF-8. Deltas with provider metadata, and single deltas that are larger already, are left as they are.
 */
export function mergeDeltas(chunks: RunChunk[], maxBytes = 4096): RunChunk[] {
  const merged: RunChunk[] = []
  let last = { kind: '', id: '', text: '', bytes: 0 }
  for (const chunk of chunks) {
    const delta = deltaOf(chunk)
    const bytes = delta ? bytesOf(delta.text) : 0
    if (delta && last.kind === delta.kind && last.id === delta.id && last.bytes + bytes <= maxBytes) {
      last = { ...delta, text: last.text + delta.text, bytes: last.bytes + bytes }
      merged[merged.length - 1] = withText(chunk, last.text)
    } else {
      last = { ...(delta ?? { kind: '', id: '', text: '' }), bytes }
      merged.push(chunk)
    }
  }
  return merged
}
