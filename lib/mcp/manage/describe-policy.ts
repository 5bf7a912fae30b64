import { requireMembership } from '@/lib/access/memberships'
import { DEFAULT_POLICY } from '@/lib/access/policy'
import { fillMatrix, type PolicyCells, readToolPolicy, type ToolException } from '@/lib/access/tool-policy'
import type { PolicyMatrix, Risk, Role, ToolPolicy } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import type { CatalogueServer, PolicySource, ReviewState, RiskSource, ServerFailure, ToolBlock } from '@/lib/mcp/types'

/** A tool as an administrator sees it. */
export interface GovernedTool {
  /** The name that the model sees. */
  name: string
  serverId: string
  toolName: string
  title: string
  description: string
  risk: Risk
  riskSource: RiskSource
  /** What each role may do with it when nothing blocks it, and what decided that. */
  decided: Record<Role, { policy: ToolPolicy; source: PolicySource }>
  review: ReviewState
  blocked: ToolBlock | null
  /** Unix milliseconds; null when nobody has called it yet. */
  lastUsedAt: number | null
}

export interface ToolGovernance {
  /** What holds where nothing else is said. */
  defaults: PolicyMatrix
  matrix: PolicyMatrix
  /** The cells of the matrix that somebody set. */
  cells: PolicyCells
  exceptions: ToolException[]
  updatedAt: number
  servers: CatalogueServer[]
  tools: GovernedTool[]
  failures: ServerFailure[]
}

/**
 * The organisation's tool policy and every tool with what it comes to, the hidden and the unreviewed included.
 * Throws `forbidden` for all but admins, `not_found` for strangers.
 */
export async function describeToolPolicy(ctx: Ctx, input: { organisationId: string }): Promise<ToolGovernance> {
  const { organisation } = await requireMembership(ctx, input.organisationId, 'admin')
  const { store, tools } = ctx.services
  const user = await userOf(store, ctx.principal)
  const catalogue = await tools.catalogue(organisation, user)
  const serverIds = catalogue.servers.map(({ id }) => id)
  const [{ policy }, health] = await Promise.all([
    readToolPolicy(store, organisation.id),
    tools.health(organisation.id, serverIds),
  ])
  const uses = new Map(serverIds.map((id, index) => [id, health[index]?.used ?? {}]))
  return {
    defaults: DEFAULT_POLICY,
    matrix: fillMatrix(policy.matrix, DEFAULT_POLICY),
    cells: policy.matrix,
    exceptions: policy.exceptions,
    updatedAt: policy.updatedAt,
    servers: catalogue.servers,
    failures: catalogue.failures,
    tools: catalogue.tools.map((tool) => ({
      name: tool.name,
      serverId: tool.serverId,
      toolName: tool.toolName,
      title: tool.title,
      description: tool.description,
      risk: tool.risk,
      riskSource: tool.riskSource,
      decided: tool.decided,
      review: tool.review,
      blocked: tool.blocked,
      lastUsedAt: uses.get(tool.serverId)?.[tool.toolName] ?? null,
    })),
  }
}
