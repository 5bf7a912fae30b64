import { chooseOrganisation } from '@/lib/access/memberships'
import { listSwitches, type ToolSwitch, viewSwitch } from '@/lib/access/tool-switches'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tool-policy'
import { changeSwitch } from '@/lib/mcp/manage/change-switch'

const shown = (switches: ToolSwitch[]) => ({ switches: switches.map(viewSwitch) })

export const GET = handle(operations.listSwitches, async (ctx, { query }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  return shown(await listSwitches(ctx, { organisationId: organisation.id }))
})

export const PATCH = handle(operations.changeSwitch, async (ctx, { query, body }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  const { off, reason, ...target } = body
  return shown(await changeSwitch(ctx, { organisationId: organisation.id, target, off, reason }))
})
