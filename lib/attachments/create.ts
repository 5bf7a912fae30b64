import { chooseOrganisation } from '@/lib/access/memberships'
import { nextMoment } from '@/lib/access/moment'
import { principalKey } from '@/lib/access/types'
import type { AttachedFile } from '@/lib/agent/attached'
import { type Attachment, attachments, fileOf } from '@/lib/attachments/collection'
import { readContent } from '@/lib/attachments/content'
import { MAX_ATTACHMENT_BYTES, MAX_NAME_LENGTH, MAX_UNSENT } from '@/lib/attachments/limits'
import type { Ctx } from '@/lib/context'
import { conflict, LongwatchError } from '@/lib/errors'
import { newResourceId } from '@/lib/ids'
import { plannedBlob, writeBlob } from '@/lib/stores/blobs'
import { commitOrThrow } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

/**
 * Keeps a file for a question that is still to be asked, for a day. Throws `bad_request` (`file`, `org`), `not_found`
 * for a foreign organisation, `payload_too_large`, `conflict` when too many files wait to be sent.
 */
export async function createAttachment(
  ctx: Ctx,
  input: { org?: string; name: string; bytes: Buffer },
): Promise<AttachedFile> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const { store } = ctx.services
  if (input.bytes.length > MAX_ATTACHMENT_BYTES)
    throw new LongwatchError('payload_too_large', `A file has at most ${MAX_ATTACHMENT_BYTES} bytes.`, {
      field: 'file',
    })
  const { kind, mediaType, data } = readContent(input.bytes)
  const uploader = principalKey(ctx.principal)
  await requireRoom(store, organisation.id, uploader)
  const id = newResourceId('att', organisation.id)
  const partition = organisation.id
  const length = Buffer.byteLength(data)
  const begun: Attachment = {
    uploader,
    name: cleanName(input.name),
    kind,
    mediaType,
    bytes: length,
    blob: plannedBlob(id, length),
    state: { status: 'uploading' },
    createdAt: nextMoment(),
  }
  // First what names the chunks: what a process that dies here leaves behind is found and removed.
  await commitOrThrow(store, {
    partition,
    operationId: `attachment:${id}`,
    operations: [attachments.put(id, begun, { ifAbsent: true })],
  })
  const body: Attachment = { ...begun, blob: await writeBlob(store, partition, id, data), state: { status: 'unsent' } }
  await commitOrThrow(store, {
    partition,
    operationId: `attachment:${id}:ready`,
    operations: [attachments.put(id, body, { ifVersion: 1 })],
  })
  return fileOf({ id, body })
}

async function requireRoom(store: Store, organisationId: string, uploader: string): Promise<void> {
  const list = { index: 'unsent', group: uploader, order: 'ascending', limit: MAX_UNSENT } as const
  const { items } = await attachments.list(store, organisationId, list)
  if (items.length >= MAX_UNSENT)
    throw conflict(`At most ${MAX_UNSENT} files can wait to be sent. Send or remove some first.`)
}

/** A name as people and the model may read it: one line, no path, nothing that turns the text around. */
function cleanName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/^.*[/\\]/, '')
    .replace(/"/g, '')
    .trim()
  return [...clean].slice(0, MAX_NAME_LENGTH).join('') || 'file'
}
