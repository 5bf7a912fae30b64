import { RISKS, type Risk, ROLES, type Role, type ToolPolicy } from '@/lib/access/types'
import { Collection } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** Role × risk → policy, with holes. */
export type PolicyCells = Partial<Record<Role, Partial<Record<Risk, ToolPolicy>>>>

/** What an administrator decided about one tool. */
export interface ToolException {
  serverId: string
  /** The tool's name on its server. */
  toolName: string
  risk?: Risk
  policy?: Partial<Record<Role, ToolPolicy>>
}

/** What an organisation decided about tools; where it says nothing, the defaults hold. */
export interface OrganisationToolPolicy {
  matrix: PolicyCells
  exceptions: ToolException[]
  /** Unix milliseconds; 0: nobody has decided anything yet. */
  updatedAt: number
}

/** Of an organisation, which has at most one. */
export const toolPolicies = new Collection<OrganisationToolPolicy>({ name: 'tool-policy', v: 1 })
export const TOOL_POLICY_DOCUMENT = 'tool-policy'

const UNDECIDED: OrganisationToolPolicy = { matrix: {}, exceptions: [], updatedAt: 0 }

/** The organisation's tool policy as it is now; `version` 0 when there is none. */
export async function readToolPolicy(
  store: Store,
  organisationId: string,
): Promise<{ version: number; policy: OrganisationToolPolicy }> {
  const stored = await toolPolicies.get(store, organisationId, TOOL_POLICY_DOCUMENT)
  return { version: stored?.version ?? 0, policy: stored?.body ?? UNDECIDED }
}

/** The whole matrix: the cells over the defaults. */
export function fillMatrix(cells: PolicyCells, defaults: Record<Role, Record<Risk, ToolPolicy>>) {
  return Object.fromEntries(
    ROLES.map((role) => [
      role,
      Object.fromEntries(RISKS.map((risk) => [risk, cells[role]?.[risk] ?? defaults[role][risk]])),
    ]),
  ) as Record<Role, Record<Risk, ToolPolicy>>
}
