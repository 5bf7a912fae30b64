import { randomUUID } from 'node:crypto'
import { GLOBAL, type StoredUser, userEmails, users } from '@/lib/access/collections'
import { hashPassword, matchesPassword, PASSWORD_BYTES } from '@/lib/access/passwords'
import type { Principal, User } from '@/lib/access/types'
import { badRequest, conflict, notFound } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

/** The form in which addresses are compared and kept. */
export const normaliseEmail = (email: string) => email.trim().normalize('NFC').toLowerCase()

/** What may leave the house of a stored user. */
export const publicUser = ({ id, email, name }: StoredUser): User => ({ id, email, name })

/** The person behind a principal; null for tokens and for users who are gone or disabled. */
export async function userOf(store: Store, principal: Principal): Promise<User | null> {
  if (principal.kind !== 'user') return null
  const user = await findUser(store, principal.id)
  return user && publicUser(user.body)
}

/** The user of this id; null when there is none or it is disabled. */
export async function findUser(store: Store, userId: string): Promise<Versioned<StoredUser> | null> {
  const user = await users.get(store, GLOBAL, userId)
  return user && !user.body.disabled ? user : null
}

/** The user of this address, `disabled` ones included. */
export async function findUserByEmail(store: Store, email: string): Promise<Versioned<StoredUser> | null> {
  const entry = await userEmails.get(store, GLOBAL, normaliseEmail(email))
  return entry && users.get(store, GLOBAL, entry.body.userId)
}

export const newUserId = () => `usr_${randomId(20)}`

export interface NewUser {
  id?: string
  email: string
  name: string
  /** Null: the user signs in by other means. */
  password: string | null
  provisioned?: boolean
  serverAdmin?: boolean
  emailVouched?: boolean
  identity?: StoredUser['identity']
}

/**
 * Creates a user, together with `alongside` in the global partition. Throws `conflict` when the address is taken or
 * `alongside` is refused, `bad_request` for an unusable password.
 */
export async function createUser(store: Store, input: NewUser, alongside: Operation[] = []): Promise<StoredUser> {
  if (input.password !== null) checkPassword(input.password)
  const user: StoredUser = {
    id: input.id ?? newUserId(),
    email: normaliseEmail(input.email),
    name: input.name,
    password: input.password === null ? null : await hashPassword(input.password),
    sessionVersion: 1,
    provisioned: input.provisioned ?? false,
    disabled: false,
    serverAdmin: input.serverAdmin ?? false,
    emailVouched: input.emailVouched ?? false,
    identity: input.identity ?? null,
    createdAt: Date.now(),
  }
  const result = await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [
      userEmails.put(user.email, { userId: user.id }, { ifAbsent: true }),
      users.put(user.id, user, { ifAbsent: true }),
      ...alongside,
    ],
  })
  if (result.status === 'refused')
    throw conflict(result.operation < 2 ? 'There is a user with this e-mail address already.' : 'Somebody was faster.')
  return user
}

/**
 * The user whose address and password these are, else null. An unknown address, a wrong password and a disabled user
 * take the same time and give the same answer.
 */
export async function verifyPassword(store: Store, email: string, password: string): Promise<StoredUser | null> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES.maximum) return null
  const found = await findUserByEmail(store, email)
  const user = found && !found.body.disabled ? found.body : null
  const matches = await matchesPassword(password, user?.password ?? null)
  return matches ? user : null
}

/** Whether this is the password of a user who was read. */
export const verifyPasswordOf = async (user: StoredUser, password: string): Promise<boolean> =>
  Buffer.byteLength(password) <= PASSWORD_BYTES.maximum && (await matchesPassword(password, user.password))

/**
 * Sets a new password and signs the user out everywhere, together with `alongside`. Throws `not_found`, `bad_request`
 * for field `password`, what `check` throws about the user as they are then, `conflict` when `alongside` is refused.
 */
export async function changePassword(
  store: Store,
  userId: string,
  password: string,
  { check = () => undefined, alongside = [] }: { check?: (user: StoredUser) => void; alongside?: Operation[] } = {},
): Promise<void> {
  checkPassword(password)
  const hash = await hashPassword(password)
  const change = (user: StoredUser) => {
    check(user)
    return { ...user, password: hash, sessionVersion: user.sessionVersion + 1 }
  }
  await updateUser(store, userId, change, alongside)
}

/** Ends every sign-in of the user's, on every device. */
export async function endSignIns(store: Store, userId: string): Promise<void> {
  await updateUser(store, userId, (user) => ({ ...user, sessionVersion: user.sessionVersion + 1 }))
}

/** Whether this principal is a person who may create organisations, as the store says now. */
export async function isServerAdmin(store: Store, principal: Principal): Promise<boolean> {
  if (principal.kind !== 'user') return false
  return (await findUser(store, principal.id))?.body.serverAdmin === true
}

/** Takes back a user that was just made and is nobody's yet. */
export async function discardUser(store: Store, user: StoredUser): Promise<void> {
  await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [users.delete(user.id, 1), userEmails.delete(user.email, 1)],
  })
}

/**
 * Reads, changes and writes a user, together with `alongside`, until nobody came between. A change that gives back the
 * same object writes nothing. Throws `not_found`, what `change` throws, and `conflict` when `alongside` is refused.
 */
export async function updateUser(
  store: Store,
  userId: string,
  change: (user: StoredUser) => StoredUser,
  alongside: Operation[] = [],
): Promise<StoredUser> {
  for (;;) {
    const found = await users.get(store, GLOBAL, userId)
    if (!found) throw notFound('user')
    const changed = change(found.body)
    if (changed === found.body) return changed
    const result = await store.commit({
      partition: GLOBAL,
      operationId: randomUUID(),
      operations: [users.put(userId, changed, { ifVersion: found.version }), ...alongside],
    })
    if (result.status === 'applied') return changed
    if (result.operation > 0) throw conflict('Somebody was faster.')
  }
}

/** Whether anybody can sign in yet. */
export async function hasUsers(store: Store): Promise<boolean> {
  const page = await users.list(store, GLOBAL, { index: 'all', group: 'all', order: 'ascending', limit: 1 })
  return page.items.length > 0
}

function checkPassword(password: string) {
  const { minimum, maximum } = PASSWORD_BYTES
  if (password.length < minimum) throw badRequest('password', `A password has at least ${minimum} characters.`)
  if (Buffer.byteLength(password) > maximum) throw badRequest('password', `A password has at most ${maximum} bytes.`)
}
