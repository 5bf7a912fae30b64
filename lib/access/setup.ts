import { createHash, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { GLOBAL, type StoredUser } from '@/lib/access/collections'
import { ensureOrganisation, putMember, removeMember } from '@/lib/access/organisations'
import type { Organisation } from '@/lib/access/types'
import { createUser, hasUsers, newUserId } from '@/lib/access/users'
import { badRequest, conflict, notFound } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { Collection } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

const CODE_LIFE = 24 * 60 * 60 * 1000

/** Global; the id is a code's SHA-256. Every process that starts adds one, and any of them serves. */
const setupCodes = new Collection<{ createdAt: number }>({ name: 'setup-codes', v: 1 })
/** Global; written with the first user, once for ever. */
const setupState = new Collection<{ userId: string }>({ name: 'setup-state', v: 1 })

const hashCode = (code: string) => createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest('hex')

/** Whether nobody can sign in yet, so that the set-up page is open. */
export const isSetupOpen = async (store: Store) => !(await hasUsers(store))

/** At a start without users: makes a one-time code and prints it in the log. */
export async function offerSetup(store: Store, logger: Logger): Promise<void> {
  if (!(await isSetupOpen(store))) return
  const code = randomId(20).replace(/(.{5})(?=.)/g, '$1-')
  await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [setupCodes.put(hashCode(code), { createdAt: Date.now() }, { expiresIn: CODE_LIFE })],
  })
  logger.warn({ setupCode: code }, 'There are no users yet: open /setup and enter this one-time code')
}

export interface SetupInput {
  code: string
  email: string
  name: string
  password: string
  /** The organisation's name. */
  organisation: string
}

/**
 * The first user, who is a server administrator, and the first organisation with its admin. Throws `not_found` once there are users, `bad_request` for a wrong code,
 * `conflict` when somebody else finished in between. The user comes last: a set-up that was killed can be repeated.
 */
export async function setUp(
  store: Store,
  input: SetupInput,
): Promise<{ user: StoredUser; organisation: Organisation }> {
  if (!(await isSetupOpen(store))) throw notFound('set-up: it is done')
  const hash = hashCode(input.code)
  const code = await setupCodes.get(store, GLOBAL, hash)
  if (!code) throw badRequest('code', 'This code is not valid. The newest one stands in the log of the server.')
  const userId = newUserId()
  const { organisation } = await ensureOrganisation(store, {
    slug: slugOf(input.organisation),
    name: input.organisation,
  })
  await putMember(store, organisation.id, { userId, role: 'admin' })
  try {
    const { email, name, password } = input
    const person = { id: userId, email, name, password, serverAdmin: true, emailVouched: true }
    const user = await createUser(store, person, [
      setupState.put('completed', { userId }, { ifAbsent: true }),
      setupCodes.delete(hash, code.version),
    ])
    return { user, organisation }
  } catch (error) {
    await removeMember(store, organisation.id, userId)
    if (await isSetupOpen(store)) throw error
    throw conflict('The set-up has been done by somebody else.')
  }
}

/** A slug made of a name: its letters without accents, and hyphens. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return slug || 'main'
}
