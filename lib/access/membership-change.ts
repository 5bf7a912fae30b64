import { randomUUID } from 'node:crypto'
import { ADMIN_LIST, adminLists, GLOBAL, type Member, members, membershipHints } from '@/lib/access/collections'
import { nextMoment } from '@/lib/access/moment'
import { listAll } from '@/lib/access/provisioning/reconcile'
import { findUser } from '@/lib/access/users'
import { conflict } from '@/lib/errors'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

/** More contenders for one membership than this are told to try again. */
const ATTEMPTS = 40

export interface MembershipChange {
  /** The membership as it shall be; null: none. The same object as before: nothing is written. */
  change(before: Member | null): Member | null
  /** What belongs into the same commit; asked anew at every attempt. */
  alongside?(change: { before: Member | null; after: Member | null }): Promise<Operation[]>
  /** For those who answer for it by a file or a set-up. Everybody else meets `conflict` at the last admin. */
  mayLeaveNoAdmin?: boolean
}

/**
 * The one way in which a membership comes, changes and goes: member, list of admins and `alongside` are one commit of
 * the organisation. Throws `conflict` when it would take away the last admin who can sign in, and what `change` and
 * `alongside` throw.
 */
export async function changeMembership(
  store: Store,
  organisationId: string,
  userId: string,
  { change, alongside, mayLeaveNoAdmin = false }: MembershipChange,
): Promise<{ before: Member | null; after: Member | null }> {
  const result = await retryOnConflict(ATTEMPTS, async () => {
    const found = await members.get(store, organisationId, userId)
    const before = found?.body ?? null
    const after = change(before)
    if (after === before) return { before, after }
    if (after) await giveHint(store, organisationId, userId)
    const write = after
      ? members.put(userId, after, found ? { ifVersion: found.version } : { ifAbsent: true })
      : members.delete(userId, found?.version)
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: randomUUID(),
      operations: [
        write,
        ...(await adminOperations(store, organisationId, { userId, before, after, mayLeaveNoAdmin })),
        ...((await alongside?.({ before, after })) ?? []),
      ],
    })
    return { before, after }
  })
  if (!result.after) await takeHint(store, organisationId, userId)
  return result
}

/** The operations that a new organisation's first admin is made with. */
export const firstAdminOperations = (userId: string): Operation[] => [
  members.put(userId, { userId, role: 'admin', provisioned: false, createdAt: nextMoment() }, { ifAbsent: true }),
  adminLists.put(ADMIN_LIST, { userIds: [userId] }, { ifAbsent: true }),
]

/** Says in the global partition where to look for the user's membership; it comes before the membership. */
export async function giveHint(store: Store, organisationId: string, userId: string): Promise<void> {
  const hint = { userId, organisationId, createdAt: nextMoment() }
  await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [membershipHints.put(`${userId}:${organisationId}`, hint, { ifAbsent: true })],
  })
}

async function takeHint(store: Store, organisationId: string, userId: string): Promise<void> {
  await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [membershipHints.delete(`${userId}:${organisationId}`)],
  })
  // Who joined again in between found the old hint, and needs one.
  if (await members.get(store, organisationId, userId)) await giveHint(store, organisationId, userId)
}

async function adminOperations(
  store: Store,
  organisationId: string,
  change: { userId: string; before: Member | null; after: Member | null; mayLeaveNoAdmin: boolean },
): Promise<Operation[]> {
  const { userId, before, after, mayLeaveNoAdmin } = change
  const was = before?.role === 'admin'
  const is = after?.role === 'admin'
  if (was === is) return []
  const list = await readAdmins(store, organisationId)
  const others = list.body.userIds.filter((id) => id !== userId)
  if (!is && !mayLeaveNoAdmin && !(await anyCanSignIn(store, others)))
    throw conflict('An organisation keeps at least one admin. Make somebody else an admin first.')
  const condition = list.version === 0 ? { ifAbsent: true as const } : { ifVersion: list.version }
  return [adminLists.put(ADMIN_LIST, { userIds: is ? [...others, userId] : others }, condition)]
}

/** Version 0: of an organisation from before there was such a list. */
async function readAdmins(store: Store, organisationId: string): Promise<Versioned<{ userIds: string[] }>> {
  const found = await adminLists.get(store, organisationId, ADMIN_LIST)
  if (found) return found
  const all = await listAll(store, organisationId, members)
  const userIds = all.filter(({ body }) => body.role === 'admin').map(({ id }) => id)
  return { id: ADMIN_LIST, version: 0, body: { userIds } }
}

async function anyCanSignIn(store: Store, userIds: string[]): Promise<boolean> {
  for (const userId of userIds) if (await findUser(store, userId)) return true
  return false
}
