import { createHash } from 'node:crypto'
import type { Role, ToolPolicy } from '@/lib/access/types'
import type { ToolDescriptor } from '@/lib/mcp/types'

/** What this role may do with the tool now; `hidden` for everybody while it is switched off or waits for its review. */
export const policyFor = (tool: ToolDescriptor, role: Role): ToolPolicy => tool.policy[role]

/** Whether this role may use the tool at all; with `ask` only after a person's approval of the call. */
export const mayUse = (tool: ToolDescriptor, role: Role): boolean => policyFor(tool, role) !== 'hidden'

/** The same as long as nothing changes that a person looked at when they approved of a call. */
export const definitionOf = (tool: ToolDescriptor): string =>
  createHash('sha256')
    .update(JSON.stringify([tool.serverId, tool.fingerprint, tool.risk]))
    .digest('base64url')
