import { headers } from 'next/headers'
import { addressOf } from '@/lib/auth/throttle'
import { services } from '@/lib/composition'
import type { Ctx } from '@/lib/context'
import { randomId } from '@/lib/ids'

/** What a page that strangers may open reads by: nobody's context, with the visitor's address for the throttle. */
export async function openPageContext(): Promise<Omit<Ctx, 'principal'>> {
  const requestId = randomId(16)
  const origin = { address: addressOf(await headers()), requestId }
  return { services: await services(), requestId, origin }
}

/** What `read` gives; null when it throws what means that a link is of no use. */
export async function readLink<T>(read: () => Promise<T>): Promise<T | 'useless' | 'throttled'> {
  try {
    return await read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'not_found') return 'useless'
    if (code === 'rate_limited') return 'throttled'
    throw error
  }
}
