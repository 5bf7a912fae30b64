import { type AttachedFile, filePartOf } from '@/lib/agent/attached'
import type { LongwatchMessage } from '@/lib/agent/events'
import { badRequest } from '@/lib/errors'
import type { Run } from '@/lib/runs/types'

export const MAX_MESSAGE_BYTES = 65_536

/** What is kept of a question's words: of those that are nothing but space, none. */
export const wordsOf = (message: string) => (message.trim() === '' ? '' : message)

/** Throws `bad_request` (field `message`) for a question without words, unless files go with it. */
export function checkWords(message: string, files: number): void {
  if (files === 0 && wordsOf(message) === '') throw badRequest('message', 'Write a question first.')
}

/** Throws `bad_request` (field `message`) for a too long question. */
export function checkMessage(message: string): void {
  const bytes = Buffer.byteLength(message)
  if (bytes > MAX_MESSAGE_BYTES) {
    throw badRequest('message', `A message holds at most ${MAX_MESSAGE_BYTES} bytes; this one has ${bytes}.`)
  }
  // Control characters and halves of characters take six bytes each where they are stored.
  if (Buffer.byteLength(JSON.stringify(message)) > 2 * MAX_MESSAGE_BYTES + 2) {
    throw badRequest('message', 'This message is not text: it consists of control characters.')
  }
}

/** What a question is called where words are wanted: its own, or its files' names. */
export const nameOfQuestion = (message: string, files: readonly AttachedFile[] = []) =>
  wordsOf(message) || files.map(({ name }) => name).join(', ')

/** The question as a message of the transcript; without words it has no part for them. */
export function questionMessage(run: Run): LongwatchMessage {
  const words = wordsOf(run.message)
  return {
    id: run.userMessageId,
    role: 'user',
    metadata: { runId: run.id, createdAt: run.createdAt },
    parts: [
      ...(words === '' ? [] : [{ type: 'text' as const, text: words }]),
      ...(run.attachments ?? []).map(filePartOf),
    ],
  }
}
