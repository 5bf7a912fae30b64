import { tokens } from '@/lib/access/collections'
import { membershipsOf } from '@/lib/access/memberships'
import type { Role } from '@/lib/access/types'
import { findUser } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'

export interface Caller {
  principal: { kind: 'user' | 'token'; id: string; name: string; email?: string; serverAdmin?: boolean }
  memberships: { organisation: { id: string; slug: string; name: string }; role: Role }[]
}

/** Who calls, for the caller's own eyes. */
export async function describeCaller({ services, principal }: Pick<Ctx, 'services' | 'principal'>): Promise<Caller> {
  const [names, memberships] = await Promise.all([
    namesOf(services, principal),
    membershipsOf(services.store, principal),
  ])
  return {
    principal: { kind: principal.kind, id: principal.id, ...names },
    memberships: memberships.map(({ organisation: { id, slug, name }, role }) => ({
      organisation: { id, slug, name },
      role,
    })),
  }
}

async function namesOf({ store }: Ctx['services'], principal: Ctx['principal']) {
  if (principal.kind === 'token') {
    const token = await tokens.get(store, principal.organisationId, principal.id)
    return { name: token?.body.name ?? '' }
  }
  const user = await findUser(store, principal.id)
  return { name: user?.body.name ?? '', email: user?.body.email, serverAdmin: user?.body.serverAdmin === true }
}
