import { requireMembership } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import { attachments, discard } from '@/lib/attachments/collection'
import { UNSENT_MILLISECONDS } from '@/lib/attachments/limits'
import type { Ctx, Services } from '@/lib/context'
import { conflict, notFound } from '@/lib/errors'
import { organisationOf, randomId } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'
import { deleteBlob } from '@/lib/stores/blobs'
import { CommitRefused, commitOrThrow } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

const PAGE = 100

/**
 * Removes a file that was not sent, by its uploader. Throws `not_found` for everybody else, `conflict` once it was
 * sent: from then on it goes with its session.
 */
export async function removeAttachment(ctx: Ctx, input: { attachmentId: string }): Promise<void> {
  const organisationId = organisationOf('att', input.attachmentId)
  if (!organisationId) throw notFound('attachment')
  await requireMembership(ctx, organisationId, 'viewer', 'attachment')
  const { store } = ctx.services
  const found = await attachments.get(store, organisationId, input.attachmentId)
  if (!found) throw notFound('attachment')
  if (found.body.state.status === 'sent') {
    const seen = await findSession(ctx, found.body.state.sessionId).catch(() => null)
    if (!seen) throw notFound('attachment')
    throw sent()
  }
  if (found.body.uploader !== principalKey(ctx.principal)) throw notFound('attachment')
  await discard(store, organisationId, found).catch((error) => {
    throw error instanceof CommitRefused ? sent() : error
  })
}

const sent = () => conflict('This file was sent; it is kept and deleted with its conversation.')

/** Removes what waited too long to be sent, and what a process that died left behind. Called by every tidy sweep. */
export async function expireAttachments(services: Pick<Services, 'store'>, organisationId: string): Promise<void> {
  const { store } = services
  const before = Date.now() - UNSENT_MILLISECONDS
  const list = { index: 'unsent', group: 'all', order: 'ascending', limit: PAGE } as const
  const { items } = await attachments.list(store, organisationId, list)
  for (const found of items) {
    if (found.body.createdAt > before) return
    await discard(store, organisationId, found).catch((error) => {
      // It was sent just now, or another process removes it.
      if (!(error instanceof CommitRefused)) throw error
    })
  }
}

/** Removes all that was sent in a session that is deleted. */
export async function removeSessionAttachments(store: Store, partition: string, sessionId: string): Promise<void> {
  const list = { index: 'session', group: sessionId, order: 'ascending', limit: PAGE } as const
  const page = () => attachments.list(store, partition, list)
  for (let found = await page(); found.items.length > 0; found = await page()) {
    for (const { body } of found.items) await deleteBlob(store, partition, body.blob)
    await commitOrThrow(store, {
      partition,
      operationId: `remains:${randomId(16)}`,
      operations: found.items.map(({ id }) => attachments.delete(id)),
    })
  }
}
