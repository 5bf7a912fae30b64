import type { PolicyMatrix, Role, ToolPolicy } from '@/lib/access/types'
import type { ToolDescriptor } from '@/lib/mcp/types'

/** Viewers read; editors and admins may do everything. */
export const DEFAULT_POLICY: PolicyMatrix = {
  viewer: { read: 'auto', write: 'hidden', destructive: 'hidden' },
  editor: { read: 'auto', write: 'auto', destructive: 'auto' },
  admin: { read: 'auto', write: 'auto', destructive: 'auto' },
}

/** What this role may do with the tool now; `hidden` for everybody while it is switched off or waits for its review. */
export const policyFor = (tool: ToolDescriptor, role: Role): ToolPolicy => tool.policy[role]

/** Whether this role may use the tool now: `ask` counts as hidden until approvals exist. */
export const mayUse = (tool: ToolDescriptor, role: Role): boolean => policyFor(tool, role) === 'auto'
