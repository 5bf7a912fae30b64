import { requireMembership } from '@/lib/access/memberships'
import { readSwitches, type SwitchTarget, type ToolSwitch, turnSwitch } from '@/lib/access/tool-switches'
import type { Ctx } from '@/lib/context'
import { badRequest } from '@/lib/errors'

export interface ChangeSwitchInput {
  organisationId: string
  target: SwitchTarget
  off: boolean
  reason: string
}

/**
 * Switches a tool, a server or all writes off, or on again. No server is asked: an emergency does not wait for one that
 * hangs. Throws as `turnSwitch` does, and `bad_request` (field `serverId`) for a server that is not there.
 */
export async function changeSwitch(ctx: Ctx, input: ChangeSwitchInput): Promise<ToolSwitch[]> {
  const { organisationId, target, off } = input
  const { organisation } = await requireMembership(ctx, organisationId, 'admin')
  return turnSwitch(ctx, { ...input, name: off ? await nameOf() : await nameWhenOff() })

  async function nameOf(): Promise<string> {
    if (target.kind === 'writes') return 'All writes'
    const servers = await ctx.services.tools.servers(organisation)
    const server = servers.find(({ id }) => id === target.serverId)
    if (!server) throw badRequest('serverId', 'There is no such server in this organisation.')
    return target.kind === 'server' ? server.name : `${target.toolName} of ${server.name}`
  }

  /** The server may be gone by the time that it is switched on again. */
  async function nameWhenOff(): Promise<string> {
    const off = await readSwitches(ctx.services.store, organisationId)
    return off.find((one) => JSON.stringify(one.target) === JSON.stringify(target))?.name ?? ''
  }
}
