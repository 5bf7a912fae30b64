import { formatBytes } from '@/components/ui/format'
import type { AttachmentKind } from '@/lib/agent/attached'
import { MAX_ATTACHED_BYTES, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS } from '@/lib/attachments/limits'

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']
const TEXT_TYPES =
  'text/*,application/json,application/xml,application/yaml,.log,.txt,.md,.csv,.tsv,.json,.jsonl,.ndjson,.yaml,.yml,.toml,.xml,.conf,.cfg,.ini,.sql,.sh,.tf,.diff,.patch,.out,.err,.svg'

/** A text of so many characters, or of more lines, is better read as a file than in the question. */
const LONG_CHARACTERS = 4_000
const LONG_LINES = 60

/** What the server will say; it looks at the content, this at the declared type. */
export const kindOfFile = (file: Blob): AttachmentKind => (IMAGE_TYPES.includes(file.type) ? 'image' : 'text')

/** What the file picker offers. */
export const acceptedTypes = (takesImages: boolean) =>
  takesImages ? `${TEXT_TYPES},${IMAGE_TYPES.join(',')}` : TEXT_TYPES

/** Whether a pasted text becomes a file. */
export const isLongText = (text: string) =>
  text.length >= LONG_CHARACTERS || (text.match(/\n/g)?.length ?? 0) >= LONG_LINES

/** Larger images are made smaller before they are sent, unless they are this large. */
const MOST_IMAGE_BYTES = 40_000_000
const sent = (bytes: number) => Math.min(bytes, MAX_ATTACHMENT_BYTES)

/** Why a file cannot be added to these, in words; null when it can. */
export function refusalOf(file: Blob, others: readonly { bytes: number; state: string }[]): string | null {
  const counted = others.filter(({ state }) => state !== 'failed')
  if (counted.length >= MAX_ATTACHMENTS) return `At most ${MAX_ATTACHMENTS} files go with one question.`
  if (file.size === 0) return 'This file is empty.'
  const most = kindOfFile(file) === 'image' ? MOST_IMAGE_BYTES : MAX_ATTACHMENT_BYTES
  if (file.size > most) return `Larger than ${formatBytes(most)}.`
  const bytes = [file.size, ...counted.map((other) => other.bytes)].reduce((sum, size) => sum + sent(size), 0)
  if (bytes > MAX_ATTACHED_BYTES) return `More than ${formatBytes(MAX_ATTACHED_BYTES)} together with the others.`
  return null
}
