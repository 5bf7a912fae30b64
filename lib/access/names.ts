import { tokens } from '@/lib/access/collections'
import type { Principal } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Store } from '@/lib/stores/contract'

/** What people call a principal: the person's name, or the token's; its id when it is gone. */
export async function nameOf(store: Store, principal: Principal): Promise<string> {
  if (principal.kind === 'user') return (await userOf(store, principal))?.name ?? principal.id
  const token = await tokens.get(store, principal.organisationId, principal.id)
  return token?.body.name ?? principal.id
}
