import { createHash, randomUUID } from 'node:crypto'
import { GLOBAL } from '@/lib/access/collections'
import { normaliseEmail } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import type { Operation, Store } from '@/lib/stores/contract'

const WINDOW = 15 * 60 * 1000
/** Failures in a window. An address may be a whole office's. */
export const SIGN_IN_LIMITS = { email: 10, address: 100 }

/** Failures in a window at everything else that asks for a secret. */
export const GUESS_LIMITS = { subject: 10, address: 60 }

export type Attempt =
  | { admitted: true /** Takes the attempt back: it was no failure. */; forgive: () => Promise<void> }
  | { admitted: false; retryAfterSeconds: number }

/** Counts an attempt to sign in. */
export const admitSignIn = (store: Store, email: string, address: string): Promise<Attempt> =>
  admit(store, [
    { name: `sign-in:email:${digest(normaliseEmail(email))}`, limit: SIGN_IN_LIMITS.email },
    { name: `sign-in:address:${digest(address)}`, limit: SIGN_IN_LIMITS.address },
  ])

/**
 * Does what asks for a secret, unless there were too many failures: of this kind from the caller's address, and of the
 * `subject` whose secret it is. Throws `rate_limited`, and what `work` throws.
 */
export async function guardGuesses<T>(
  ctx: Pick<Ctx, 'services' | 'origin'>,
  { kind, subject }: { kind: string; subject?: string },
  work: () => Promise<T>,
): Promise<T> {
  const attempt = await admit(ctx.services.store, [
    { name: `guess:${kind}:address:${digest(ctx.origin?.address ?? 'unknown')}`, limit: GUESS_LIMITS.address },
    ...(subject ? [{ name: `guess:${kind}:subject:${digest(subject)}`, limit: GUESS_LIMITS.subject }] : []),
  ])
  if (!attempt.admitted)
    throw new LongwatchError('rate_limited', 'Too many attempts. Wait a few minutes and try again.', {
      retryAfterSeconds: attempt.retryAfterSeconds,
    })
  const result = await work()
  await attempt.forgive()
  return result
}

/** Counts an attempt before it is made, so that attempts at the same time cannot pass together. */
async function admit(store: Store, limits: { name: string; limit: number }[]): Promise<Attempt> {
  const now = Date.now()
  const window = Math.floor(now / WINDOW)
  const counters = limits.map(({ name, limit }) => ({ counter: `${name}:${window}`, limit }))
  const commit = (operations: Operation[]) => store.commit({ partition: GLOBAL, operationId: randomUUID(), operations })
  const result = await commit(
    counters.map(({ counter, limit }) => ({ kind: 'count', counter, by: 1, expiresIn: 2 * WINDOW, limit })),
  )
  if (result.status === 'refused')
    return { admitted: false, retryAfterSeconds: Math.ceil(((window + 1) * WINDOW - now) / 1000) }
  return {
    admitted: true,
    forgive: async () => {
      await commit(counters.map(({ counter }) => ({ kind: 'count', counter, by: -1, expiresIn: 2 * WINDOW })))
    },
  }
}

/** Addresses are not kept readable. */
const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

/**
 * The caller's address as the nearest proxy saw it; the server itself fills the header when there is no proxy. Behind
 * nothing it can be forged, which the limit per e-mail address is there for.
 */
export function addressOf(headers: Headers): string {
  return headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() || 'unknown'
}
