import { requireMembership } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { AttachedFile } from '@/lib/agent/attached'
import { type Attachment, attachments, fileOf, isSendable } from '@/lib/attachments/collection'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'
import { messages, userMessageIdOf } from '@/lib/sessions/collection'
import { findShare, sharedPath } from '@/lib/sessions/shares/read'
import { includes } from '@/lib/sessions/threads/tree'
import { type BlobRange, readBlobRange } from '@/lib/stores/blob-range'
import { readBlob } from '@/lib/stores/blobs'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** A whole file and its content. Who may not read it gets `not_found`: see `findAttachment`. */
export async function readAttachment(
  ctx: Ctx,
  input: { attachmentId: string; share?: string },
): Promise<{ file: AttachedFile; content: Buffer }> {
  const { organisationId, found } = await findAttachment(ctx, input)
  return { file: fileOf(found), content: await contentOf(ctx.services.store, organisationId, found.body) }
}

/** A page of it, as evidence is read. */
export async function readAttachmentPage(ctx: Ctx, input: { attachmentId: string; share?: string } & BlobRange) {
  const { organisationId, found } = await findAttachment(ctx, input)
  const page = await readBlobRange(
    ctx.services.store,
    organisationId,
    { blob: found.body.blob, isText: isText(found.body) },
    input,
  )
  return { file: fileOf(found), ...page }
}

/**
 * The file, if the caller may read it: an unsent one its uploader; a sent one whoever may read its session, or a share
 * with results that the question was part of. Throws `not_found` for everybody else.
 */
async function findAttachment(
  ctx: Ctx,
  input: { attachmentId: string; share?: string },
): Promise<{ organisationId: string; found: Versioned<Attachment> }> {
  const organisationId = organisationOf('att', input.attachmentId)
  if (!organisationId) throw notFound('attachment')
  await requireMembership(ctx, organisationId, 'viewer', 'attachment')
  const found = await attachments.get(ctx.services.store, organisationId, input.attachmentId)
  if (!found) throw notFound('attachment')
  const { state } = found.body
  if (state.status !== 'sent') {
    if (!isSendable(found.body, principalKey(ctx.principal))) throw notFound('attachment')
  } else if (input.share === undefined) await findSession(ctx, state.sessionId).catch(asAttachment)
  else if (!(await isShared(ctx, input.share, state).catch(asAttachment))) throw notFound('attachment')
  return { organisationId, found }
}

/** What a log file says is evidence like a tool's result: a share without results names it and shows no more. */
async function isShared(ctx: Ctx, shareId: string, sent: { sessionId: string; runs: string[] }): Promise<boolean> {
  const { share } = await findShare(ctx, shareId)
  if (!share.evidence || share.sessionId !== sent.sessionId) return false
  const questions = await messages.getMany(ctx.services.store, share.organisationId, sent.runs.map(userMessageIdOf))
  return questions.some((question) => question !== null && includes(sharedPath(share), question.body.position))
}

function asAttachment(error: { code?: unknown } | undefined): never {
  throw error?.code === 'not_found' ? notFound('attachment') : error
}

const isText = (file: Attachment) => file.kind === 'text'

const contentOf = async (store: Store, partition: string, file: Attachment) =>
  Buffer.from(await readBlob(store, partition, file.blob))

/** A page of what was sent in this session, for its runs; null when the session has no such file. */
export async function readSessionAttachment(
  store: Store,
  session: { id: string; organisationId: string },
  attachmentId: string,
  range: BlobRange,
) {
  if (organisationOf('att', attachmentId) !== session.organisationId) return null
  const found = await attachments.get(store, session.organisationId, attachmentId)
  if (found?.body.state.status !== 'sent' || found.body.state.sessionId !== session.id) return null
  const blob = { blob: found.body.blob, isText: isText(found.body) }
  return { file: fileOf(found), ...(await readBlobRange(store, session.organisationId, blob, range)) }
}
