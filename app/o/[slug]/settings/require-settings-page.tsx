import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ReactElement } from 'react'
import { loadWorkspace } from '@/app/o/[slug]/load-workspace'
import type { Workspace } from '@/components/sessions/workspace'
import { MayNot } from '@/components/settings/may-not'
import { type Role, roleAtLeast } from '@/lib/access/types'
import { currentPrincipal } from '@/lib/auth/current'
import { addressOf } from '@/lib/auth/throttle'
import { services } from '@/lib/composition'
import type { Ctx } from '@/lib/context'
import { randomId } from '@/lib/ids'

export type SettingsAccess =
  | { denied: ReactElement }
  | { denied: null; workspace: Workspace; organisationId: string; ctx: Ctx }

/**
 * Who opens a settings page, with what its first data is read by; or, in `denied`, the page that says that the role is
 * too low: `if (access.denied) return access.denied`. Strangers are sent to the sign-in page, a foreign slug is a 404.
 */
export async function requireSettingsPage(slug: string, minimumRole: Role): Promise<SettingsAccess> {
  const workspace = await loadWorkspace(slug)
  const { organisation, role } = workspace.current
  if (!roleAtLeast(role, minimumRole)) {
    return { denied: <MayNot slug={slug} organisation={organisation.name} role={role} minimumRole={minimumRole} /> }
  }
  const principal = await currentPrincipal()
  if (!principal) redirect(`/sign-in?next=${encodeURIComponent(`/o/${slug}/settings`)}`)
  const requestId = randomId(16)
  const origin = { address: addressOf(await headers()), requestId }
  return {
    denied: null,
    workspace,
    organisationId: organisation.id,
    ctx: { services: await services(), principal, requestId, origin },
  }
}
