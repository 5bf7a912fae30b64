import type { AttachedFile, AttachmentKind } from '@/lib/agent/attached'
import { UNSENT_MILLISECONDS } from '@/lib/attachments/limits'
import { type BlobReference, deleteBlob } from '@/lib/stores/blobs'
import { Collection, type Versioned } from '@/lib/stores/collection'
import { commitOrThrow } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

/** Where a file stands. Only what is `unsent` can be sent, only what was `sent` belongs to a session. */
export type AttachmentState =
  /** Its chunks are being written, or were when a process died. */
  | { status: 'uploading' }
  | { status: 'unsent' }
  /** With the questions of these runs, all of one session. */
  | { status: 'sent'; sessionId: string; runs: string[] }
  /** Its chunks are being removed. */
  | { status: 'removing' }

/** A file that a person sends along with a question. */
export interface Attachment {
  /** `principalKey`. */
  uploader: string
  name: string
  mediaType: string
  kind: AttachmentKind
  bytes: number
  blob: BlobReference
  state: AttachmentState
  createdAt: number
}

/** Indexes: `session` (what was sent in it), `unsent` (all the rest, of everybody and by uploader). */
export const attachments = new Collection<Attachment>({
  name: 'attachments',
  v: 1,
  indexes: ({ state, uploader, createdAt }) =>
    state.status === 'sent'
      ? [{ index: 'session', group: state.sessionId, sort: createdAt }]
      : [
          { index: 'unsent', group: 'all', sort: createdAt },
          { index: 'unsent', group: uploader, sort: createdAt },
        ],
})

export const fileOf = ({ id, body }: Pick<Versioned<Attachment>, 'id' | 'body'>): AttachedFile => ({
  id,
  name: body.name,
  mediaType: body.mediaType,
  kind: body.kind,
  bytes: body.bytes,
})

/** Whether it can still be sent, by this principal. */
export const isSendable = ({ state, uploader, createdAt }: Attachment, principal: string) =>
  state.status === 'unsent' && uploader === principal && createdAt > Date.now() - UNSENT_MILLISECONDS

/**
 * Removes a file that was not sent, with its content. Crashing in the middle leaves it `removing`, for the next sweep.
 * Throws `CommitRefused` when it was sent just now.
 */
export async function discard(store: Store, partition: string, found: Versioned<Attachment>): Promise<void> {
  const removing: Attachment = { ...found.body, state: { status: 'removing' } }
  await commitOrThrow(store, {
    partition,
    operationId: `attachment:${found.id}:removing:${found.version}`,
    operations: [attachments.put(found.id, removing, { ifVersion: found.version })],
  })
  await deleteBlob(store, partition, found.body.blob)
  await commitOrThrow(store, {
    partition,
    operationId: `attachment:${found.id}:removed`,
    operations: [attachments.delete(found.id)],
  })
}
