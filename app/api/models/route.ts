import { chooseOrganisation } from '@/lib/access/memberships'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tools'

export const GET = handle(operations.listModels, async (ctx, { query }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  return { models: await ctx.services.models.list(organisation) }
})
