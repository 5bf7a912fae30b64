import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import type { Workspace } from '@/components/sessions/workspace'
import { describeCaller } from '@/lib/access/caller'
import { currentPrincipal } from '@/lib/auth/current'
import { services } from '@/lib/composition'
import { env } from '@/lib/env'

/** Who works in the organisation of this slug. Redirects strangers to the sign-in page; a foreign slug is a 404. */
export const loadWorkspace = cache(async (slug: string): Promise<Workspace> => {
  const principal = await currentPrincipal()
  if (!principal) redirect(`/sign-in?next=${encodeURIComponent(`/o/${slug}`)}`)
  const caller = await describeCaller({ services: await services(), principal })
  const current = caller.memberships.find(({ organisation }) => organisation.slug === slug)
  if (!current) notFound()
  const { id, name, email, serverAdmin = false } = caller.principal
  return {
    user: { id, name, email: email ?? '', serverAdmin },
    current,
    memberships: caller.memberships,
    demo: env().demo,
  }
})
