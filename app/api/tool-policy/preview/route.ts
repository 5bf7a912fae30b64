import { chooseOrganisation } from '@/lib/access/memberships'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tool-policy'
import { previewTools } from '@/lib/mcp/tools'

export const GET = handle(operations.previewToolPolicy, async (ctx, { query }) => {
  const { organisation } = await chooseOrganisation(ctx, query.org)
  return previewTools(ctx, { organisationId: organisation.id, role: query.role })
})
