import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import type { ServerTest } from '@/lib/mcp/probe'
import { blankServer } from '@/lib/mcp/servers/create'
import { callerOf, findServer } from '@/lib/mcp/servers/find'
import { applySettings, type ServerSettings } from '@/lib/mcp/servers/input'

/** Tries a stored server as it is, as the caller. Throws `not_found`, or `forbidden` for all but admins. */
export async function testServer(ctx: Ctx, input: { serverId: string }): Promise<ServerTest> {
  const { organisation, server } = await findServer(ctx, input.serverId)
  return ctx.services.tools.test(organisation, await callerOf(ctx), server)
}

export type TestSettingsInput = Pick<ServerSettings, 'transport' | 'url'> &
  Partial<Pick<ServerSettings, 'headers' | 'timeouts'>> & {
    org?: string
    /** The server whose stored header values are kept where none is given. */
    serverId?: string
  }

/** Tries settings that are not saved. Throws `bad_request` that names the field, as saving them would. */
export async function testSettings(ctx: Ctx, input: TestSettingsInput): Promise<ServerTest> {
  const { secrets, outbound, tools } = ctx.services
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  const stored = input.serverId === undefined ? null : await findServer(ctx, input.serverId)
  if (stored && stored.organisation.id !== organisation.id) throw notFound('MCP server')
  // Provisioned ones are exempt from the guard; what is typed into a copy of their settings is not.
  const before = { ...(stored?.server.body ?? blankServer(organisation)), provisioned: false }
  const settings = { ...input, headers: input.headers ?? (stored ? undefined : []) }
  const server = applySettings(before, settings, { secrets, outbound, organisationId: organisation.id })
  return tools.test(organisation, await callerOf(ctx), { id: server.id, version: 0, body: server })
}
