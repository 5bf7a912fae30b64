import { listAudit } from '@/lib/access/list-audit'
import { chooseOrganisation } from '@/lib/access/memberships'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/audit'

export const GET = handle(operations.listAudit, async (ctx, { query: { org, ...filter } }) => {
  const { organisation } = await chooseOrganisation(ctx, org)
  return listAudit(ctx, { organisationId: organisation.id, ...filter })
})
