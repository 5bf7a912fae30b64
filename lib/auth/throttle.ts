import { createHash, randomUUID } from 'node:crypto'
import { GLOBAL } from '@/lib/access/collections'
import { normaliseEmail } from '@/lib/access/users'
import type { Operation, Store } from '@/lib/stores/contract'

const WINDOW = 15 * 60 * 1000
/** Failures in a window. An address may be a whole office's. */
export const SIGN_IN_LIMITS = { email: 10, address: 100 }

export type Attempt =
  | { admitted: true /** Takes the attempt back: it was no failure. */; forgive: () => Promise<void> }
  | { admitted: false; retryAfterSeconds: number }

/** Counts an attempt before it is made, so that attempts at the same time cannot pass together. */
export async function admitSignIn(store: Store, email: string, address: string): Promise<Attempt> {
  const now = Date.now()
  const window = Math.floor(now / WINDOW)
  const counters = [
    { counter: `sign-in:email:${digest(normaliseEmail(email))}:${window}`, limit: SIGN_IN_LIMITS.email },
    { counter: `sign-in:address:${digest(address)}:${window}`, limit: SIGN_IN_LIMITS.address },
  ]
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
