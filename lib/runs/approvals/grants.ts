import { membershipIn } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import { definitionOf } from '@/lib/mcp/policy'
import type { ToolDescriptor } from '@/lib/mcp/types'
import { grantIdOf, grants } from '@/lib/runs/approvals/collection'
import { hiddenFrom, mayDecide } from '@/lib/runs/approvals/who'
import type { Run } from '@/lib/runs/types'
import { sessions } from '@/lib/sessions/collection'
import type { Store } from '@/lib/stores/contract'

/**
 * Whether a person approved of these exact arguments for the whole session, of the tool as it is defined now, and
 * could do so again with the role that they have now.
 */
export async function isGranted(store: Store, run: Run, tool: ToolDescriptor, input: unknown): Promise<boolean> {
  const { organisationId, sessionId } = run
  const id = grantIdOf({ sessionId, toolName: tool.name, arguments: input })
  const grant = await grants.get(store, organisationId, id)
  if (!grant || grant.body.definition !== definitionOf(tool)) return false
  const [session, membership] = await Promise.all([
    sessions.get(store, organisationId, sessionId),
    membershipIn(store, grant.body.by, organisationId),
  ])
  if (!session || !membership) return false
  const question = { asker: principalKey(run.principal), risk: tool.risk, hiddenFrom: hiddenFrom(tool.policy) }
  return mayDecide(session.body, question, { key: principalKey(grant.body.by), role: membership.role })
}
