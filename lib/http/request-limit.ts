import { randomUUID } from 'node:crypto'
import { GLOBAL } from '@/lib/access/collections'
import { type Principal, principalKey } from '@/lib/access/types'
import { LongwatchError } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'

const MINUTE = 60_000

/**
 * Counts a call of the principal's, over all instances. Throws `rate_limited` with the seconds until the next minute
 * when there were `limit` in this one.
 */
export async function countRequest(store: Store, principal: Principal, limit: number): Promise<void> {
  const now = Date.now()
  const minute = Math.floor(now / MINUTE)
  const result = await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [
      { kind: 'count', counter: `requests:${principalKey(principal)}:${minute}`, by: 1, expiresIn: 2 * MINUTE, limit },
    ],
  })
  if (result.status === 'applied') return
  throw new LongwatchError('rate_limited', `More than ${limit} calls in a minute. Try again in the next one.`, {
    retryAfterSeconds: Math.ceil(((minute + 1) * MINUTE - now) / 1_000),
  })
}
