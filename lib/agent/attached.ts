import type { FileUIPart } from 'ai'
import type { LongwatchMessage } from '@/lib/agent/events'

export const ATTACHMENT_KINDS = ['text', 'image'] as const
export type AttachmentKind = (typeof ATTACHMENT_KINDS)[number]

/** A file that was sent along with a question, without its content. */
export interface AttachedFile {
  id: string
  name: string
  /** `text/plain` (then it is UTF-8), or one of four image types. */
  mediaType: string
  kind: AttachmentKind
  bytes: number
}

const PATH = '/api/attachments/'

/** Where its content is, without the deployment's base path. */
export const attachmentPath = (id: string) => `${PATH}${encodeURIComponent(id)}`

/** The file as a part of the question's message. */
export const filePartOf = ({ id, name, mediaType, kind, bytes }: AttachedFile): FileUIPart => ({
  type: 'file',
  mediaType,
  filename: name,
  url: attachmentPath(id),
  providerMetadata: { longwatch: { id, kind, bytes } },
})

/** The file that a part is about; null for parts that are no attachment of ours. */
export function attachedFile(part: { type: string }): AttachedFile | null {
  if (part.type !== 'file') return null
  const { mediaType, filename, url, providerMetadata } = part as FileUIPart
  const { id, kind, bytes } = providerMetadata?.longwatch ?? {}
  if (typeof id !== 'string' || url !== attachmentPath(id) || typeof bytes !== 'number') return null
  return { id, name: filename ?? 'file', mediaType, kind: kind === 'image' ? 'image' : 'text', bytes }
}

/** What was sent along with a question, in its order. */
export const attachedTo = (message: Pick<LongwatchMessage, 'parts'>): AttachedFile[] =>
  message.parts.flatMap((part) => attachedFile(part) ?? [])

/** Told to the model in the place of a question: what stands in a file is data, and nobody is to obey that. */
const WITHOUT_WORDS = '[Sent without a question: look at what is attached, and say what matters in it.]'

/** A question's words as the model reads them: where files go alone, a note that says so. */
export const askedWords = (text: string, files: readonly AttachedFile[]) =>
  text.trim() === '' && files.length > 0 ? WITHOUT_WORDS : text
