import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { type PolicyMatrix, type Risk, ROLES, type Role, type ToolPolicy } from '@/lib/access/types'
import type { PartialPolicy, ToolOverride } from '@/lib/mcp/config'
import type { ToolDescriptor } from '@/lib/mcp/types'

/** Viewers read; editors and admins may do everything. */
export const DEFAULT_POLICY: PolicyMatrix = {
  viewer: { read: 'auto', write: 'hidden', destructive: 'hidden' },
  editor: { read: 'auto', write: 'auto', destructive: 'auto' },
  admin: { read: 'auto', write: 'auto', destructive: 'auto' },
}

/** Risk by the server's own claims: what does not say that it only reads, or that it does not destroy, destroys. */
export function riskOf(annotations: ToolAnnotations | undefined, override?: ToolOverride): Risk {
  if (override?.risk) return override.risk
  if (annotations?.readOnlyHint === true) return 'read'
  return annotations?.destructiveHint === false ? 'write' : 'destructive'
}

/** What each role may do with a tool: the matrix, then the server's policy, then the tool's own. */
export function resolvePolicy(
  matrix: PolicyMatrix,
  server: PartialPolicy,
  override: ToolOverride | undefined,
  risk: Risk,
): Record<Role, ToolPolicy> {
  const resolve = (role: Role) => override?.policy?.[role] ?? server[role]?.[risk] ?? matrix[role][risk]
  return Object.fromEntries(ROLES.map((role) => [role, resolve(role)])) as Record<Role, ToolPolicy>
}

/** What this role may do with the tool, as it is configured. */
export const policyFor = (tool: ToolDescriptor, role: Role): ToolPolicy => tool.policy[role]

/** Whether this role may use the tool now: `ask` counts as hidden until approvals exist. */
export const mayUse = (tool: ToolDescriptor, role: Role): boolean => policyFor(tool, role) === 'auto'
