import { setTimeout as wait } from 'node:timers/promises'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import { type Organisation, type Risk, ROLES, type Role, type ToolPolicy } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { callerOf, findServer } from '@/lib/mcp/servers/find'
import { allServers } from '@/lib/mcp/servers/names'
import { type McpServerView, viewServer } from '@/lib/mcp/servers/view'
import type { Catalogue, ToolBlock } from '@/lib/mcp/types'

export interface ServerTool {
  /** The name that the model sees. */
  name: string
  /** Its name on the server. */
  toolName: string
  title: string
  description: string
  risk: Risk
  /** What is decided for each role; nobody uses it while it is blocked. */
  policy: Record<Role, ToolPolicy>
  /** Why nobody may use it now: switched off, or not reviewed. */
  blocked: ToolBlock | null
  lastUsedAt: number | null
}

export interface McpServerDetails extends McpServerView {
  /** Null while they cannot be told: disabled, failing, or slower than the answer may take. */
  tools: ServerTool[] | null
}

/** How long an answer waits for servers that are slow to list their tools. */
const PATIENCE = 3000

/**
 * The organisation's servers with their health. With `fresh`, those not asked within the last minute are asked first, as
 * long as that takes no more than three seconds. Throws `forbidden` for all but admins.
 */
export async function listServers(
  ctx: Ctx,
  input: { org?: string; fresh?: boolean },
): Promise<{ servers: McpServerView[] }> {
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  if (input.fresh) await catalogueInTime(ctx, organisation)
  const servers = await allServers(ctx.services.store, organisation.id)
  const health = await ctx.services.tools.health(
    organisation.id,
    servers.map(({ id }) => id),
  )
  return { servers: servers.map((server, index) => viewServer(server, health[index] ?? null)) }
}

/** One server with its tools as they are now. Throws `not_found`, or `forbidden` for all but admins. */
export async function getServer(ctx: Ctx, input: { serverId: string }): Promise<McpServerDetails> {
  const { organisation, server } = await findServer(ctx, input.serverId)
  const catalogue = server.body.enabled ? await catalogueInTime(ctx, organisation) : null
  const [health] = await ctx.services.tools.health(organisation.id, [server.id])
  const view = viewServer(server, health ?? null)
  const tools = catalogue?.tools.filter(({ serverId }) => serverId === server.id) ?? null
  return {
    ...view,
    tools:
      tools?.length || view.health.state === 'ok'
        ? (tools?.map(({ name, toolName, title, description, risk, decided, blocked }) => ({
            name,
            toolName,
            title,
            description,
            risk,
            policy: Object.fromEntries(ROLES.map((role) => [role, decided[role].policy])) as Record<Role, ToolPolicy>,
            blocked,
            lastUsedAt: health?.used[toolName] ?? null,
          })) ?? null)
        : null,
  }
}

async function catalogueInTime(ctx: Ctx, organisation: Organisation): Promise<Catalogue | null> {
  const enough = new AbortController()
  const listing = ctx.services.tools.catalogue(organisation, await callerOf(ctx))
  const late = wait(PATIENCE, null, { signal: enough.signal }).catch(() => null)
  try {
    return await Promise.race([listing, late])
  } finally {
    enough.abort()
    // Slower than the answer: what the store throws then is nobody's any more.
    listing.catch(() => {})
  }
}
