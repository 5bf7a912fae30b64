import { chooseOrganisation } from '@/lib/access/memberships'
import { userOf } from '@/lib/access/users'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tools'
import { listTools } from '@/lib/mcp/tools'

export const GET = handle(operations.listTools, async (ctx, { query }) => {
  const { organisation, role } = await chooseOrganisation(ctx, query.org)
  return listTools(ctx, organisation, role, await userOf(ctx.services.store, ctx.principal))
})
