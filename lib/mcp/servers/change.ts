import { auditOperation } from '@/lib/access/audit'
import type { Ctx } from '@/lib/context'
import { conflict } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { type McpServer, mcpServers } from '@/lib/mcp/config'
import { mcpHealth } from '@/lib/mcp/health'
import { forgetReviews } from '@/lib/mcp/reviews'
import { findServer } from '@/lib/mcp/servers/find'
import { applySettings, type ServerSettings } from '@/lib/mcp/servers/input'
import { allServers, mcpServerNames, takeName } from '@/lib/mcp/servers/names'
import { type McpServerView, viewServer } from '@/lib/mcp/servers/view'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

export interface ChangeServerInput extends Partial<ServerSettings> {
  serverId: string
  /** Of the view that was changed; without it the newest is. */
  version?: number
}

/**
 * Changes a server; the next call of every run, in every process, goes by the new settings. Throws `bad_request` that
 * names the field, `conflict` for provisioned servers, taken names, and when somebody else changed it meanwhile.
 */
export async function changeServer(ctx: Ctx, input: ChangeServerInput): Promise<McpServerView> {
  const { store, secrets, outbound } = ctx.services
  return retryOnConflict(input.version === undefined ? 5 : 1, async () => {
    const { organisation, server } = await findServer(ctx, input.serverId)
    requireUnlocked(server.body)
    if (input.version !== undefined && input.version !== server.version)
      throw conflict('Somebody else changed this server in the meantime. Load it anew.')
    const organisationId = organisation.id
    const before = server.body
    const changed = applySettings(before, input, { secrets, outbound, organisationId })
    const after: McpServer = { ...changed, updatedAt: Date.now() }
    const renaming =
      after.name === before.name
        ? []
        : [
            await takeName(store, organisationId, after.name, server.id, await allServers(store, organisationId)),
            mcpServerNames.delete(before.name),
          ]
    const audit = await auditOperation(ctx, {
      organisationId,
      action: 'mcp-server.change',
      target: { kind: 'mcp-server', id: server.id, name: after.name },
      before,
      // Sealed values are not shown, so that it is said which ones are new.
      after: { ...after, replacedHeaders: replaced(before, after) },
    })
    const [version = server.version + 1] = await commitOrThrow(store, {
      partition: organisationId,
      operationId: `mcp-server:${server.id}:${randomId(10)}`,
      operations: [mcpServers.put(server.id, after, { ifVersion: server.version }), ...renaming, audit],
    })
    const [health] = await ctx.services.tools.health(organisationId, [server.id])
    return viewServer({ id: server.id, version, body: after }, health ?? null)
  })
}

/** Removes a server; no run calls it any more. Throws `conflict` for provisioned servers. */
export async function removeServer(ctx: Ctx, input: { serverId: string }): Promise<void> {
  const { store } = ctx.services
  await retryOnConflict(5, async () => {
    const { organisation, server } = await findServer(ctx, input.serverId)
    requireUnlocked(server.body)
    const target = { kind: 'mcp-server', id: server.id, name: server.body.name }
    const deed = { organisationId: organisation.id, action: 'mcp-server.remove', target, before: server.body }
    await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `mcp-server:${server.id}:${randomId(10)}`,
      operations: [
        mcpServers.delete(server.id, server.version),
        mcpServerNames.delete(server.body.name),
        mcpHealth.delete(server.id),
        ...(await forgetReviews(store, organisation.id, server.id)),
        await auditOperation(ctx, deed),
      ],
    })
  })
}

function requireUnlocked(server: McpServer): void {
  if (server.provisioned) throw conflict('A provisioning file or the environment manages this server; change it there.')
}

const replaced = (before: McpServer, after: McpServer): string[] =>
  Object.keys(after.headers).filter((name) => after.headers[name]?.sealed !== before.headers[name]?.sealed)
