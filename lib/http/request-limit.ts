import { randomUUID } from 'node:crypto'
import { GLOBAL } from '@/lib/access/collections'
import { type Principal, principalKey } from '@/lib/access/types'
import { LongwatchError } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'

const MINUTE = 60_000
/** At most this share of a limit is counted in advance by one process. */
const PORTION = 1 / 50
/** More principals than this are not remembered. */
const MOST_PRINCIPALS = 10_000

/** Calls of one principal and minute that the store has counted already and that were not made yet. */
interface Portion {
  minute: number
  left: number
  size: number
  counting: Promise<void> | null
}

const portions = new WeakMap<Store, Map<string, Portion>>()

/**
 * Counts a call of the principal's, over all instances. Throws `rate_limited` with the seconds until the next minute
 * when there were `limit` in this one. A process that gets many calls counts some in advance, so that not every call
 * waits for the store: more than `limit` never pass; of several instances one may refuse a little early.
 */
export async function countRequest(store: Store, principal: Principal, limit: number): Promise<void> {
  const key = principalKey(principal)
  const known = portions.get(store) ?? new Map<string, Portion>()
  portions.set(store, known)
  for (;;) {
    const minute = Math.floor(Date.now() / MINUTE)
    let portion = known.get(key)
    if (portion?.minute !== minute) {
      portion = { minute, left: 0, size: 1, counting: null }
      forgetOld(known, minute)
      known.set(key, portion)
    }
    if (portion.left > 0) {
      portion.left -= 1
      return
    }
    portion.counting ??= countPortion(store, key, portion, limit)
    await portion.counting
  }
}

/** Has the store count the next calls: each time twice as many as before, up to a small share of the limit. */
async function countPortion(store: Store, key: string, portion: Portion, limit: number): Promise<void> {
  try {
    const size = portion.size
    const counted = await count(store, key, portion.minute, size, limit)
    if (!counted && (size === 1 || !(await count(store, key, portion.minute, 1, limit)))) {
      throw new LongwatchError('rate_limited', `More than ${limit} calls in a minute. Try again in the next one.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(((portion.minute + 1) * MINUTE - Date.now()) / 1_000)),
      })
    }
    portion.left += counted ? size : 1
    portion.size = counted ? Math.max(1, Math.min(size * 2, Math.floor(limit * PORTION))) : 1
  } finally {
    portion.counting = null
  }
}

async function count(store: Store, key: string, minute: number, by: number, limit: number): Promise<boolean> {
  const result = await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [{ kind: 'count', counter: `requests:${key}:${minute}`, by, expiresIn: 2 * MINUTE, limit }],
  })
  return result.status === 'applied'
}

function forgetOld(known: Map<string, Portion>, minute: number): void {
  if (known.size < MOST_PRINCIPALS) return
  for (const [key, portion] of known) if (portion.minute !== minute) known.delete(key)
  // What is forgotten is counted by the store all the same: its principal may be refused a little early.
  if (known.size >= MOST_PRINCIPALS) known.clear()
}
