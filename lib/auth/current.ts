import { headers } from 'next/headers'
import { cache } from 'react'
import type { Principal } from '@/lib/access/types'
import { readSession } from '@/lib/auth/session'
import { services } from '@/lib/composition'

/** The signed-in user of the page that is rendered; null when nobody is. Every page asks for itself. */
export const currentPrincipal = cache(async (): Promise<Principal | null> => {
  const { store } = await services()
  return readSession(store, (await headers()).get('cookie'))
})
