import { chooseOrganisation } from '@/lib/access/memberships'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tool-policy'
import { changeToolPolicy } from '@/lib/mcp/manage/change-policy'
import { describeToolPolicy } from '@/lib/mcp/manage/describe-policy'

export const GET = handle(operations.getToolPolicy, async (ctx, { query }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  return describeToolPolicy(ctx, { organisationId: organisation.id })
})

export const PATCH = handle(operations.changeToolPolicy, async (ctx, { query, body }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  const { matrix, exceptions, updatedAt } = await changeToolPolicy(ctx, { organisationId: organisation.id, ...body })
  return { cells: matrix, exceptions, updatedAt }
})
