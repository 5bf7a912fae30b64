import { requireMembership } from '@/lib/access/memberships'
import type { Organisation, Risk, Role, ToolPolicy, User } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { mayUse, policyFor } from '@/lib/mcp/policy'
import type { ServerFailure } from '@/lib/mcp/types'

export { mayUse, policyFor } from '@/lib/mcp/policy'

/** A tool as `GET /api/mcp/tools` shows it to one role. */
export interface OfferedTool {
  name: string
  server: string
  title: string
  description: string
  inputSchema: Record<string, unknown>
  risk: Risk
  policy: ToolPolicy
}

export interface OfferedTools {
  tools: OfferedTool[]
  failures: ServerFailure[]
}

/**
 * The tools that this role may use now; what is hidden from it is left out; what a person must approve of says so (`ask`). Servers
 * that could not be listed are named. Throws only what the store throws.
 */
export async function listTools(
  ctx: Ctx,
  organisation: Organisation,
  role: Role,
  user: User | null,
): Promise<OfferedTools> {
  const { tools, failures } = await ctx.services.tools.catalogue(organisation, user)
  const offered = tools.filter((tool) => mayUse(tool, role))
  return {
    tools: offered.map((tool) => ({
      name: tool.name,
      server: tool.serverName,
      title: tool.title,
      description: tool.description,
      inputSchema: tool.inputSchema,
      risk: tool.risk,
      policy: policyFor(tool, role),
    })),
    failures,
  }
}

/**
 * What `listTools` would show somebody of another role, with the servers as the administrator reaches them. Throws
 * `forbidden` for all but admins, `not_found` for strangers.
 */
export async function previewTools(ctx: Ctx, input: { organisationId: string; role: Role }): Promise<OfferedTools> {
  const { organisation } = await requireMembership(ctx, input.organisationId, 'admin')
  return listTools(ctx, organisation, input.role, await userOf(ctx.services.store, ctx.principal))
}
