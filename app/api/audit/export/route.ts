import { exportAudit } from '@/lib/access/export-audit'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/audit'
import { textDownload } from '@/lib/http/respond'

export const maxDuration = 300

export const GET = handle(operations.exportAudit, async (ctx, { query: { org, ...filter } }) => {
  const { organisation } = await chooseOrganisation(ctx, org)
  await requireMembership(ctx, organisation.id, 'admin')
  return textDownload(exportAudit(ctx, { organisationId: organisation.id, ...filter }), {
    mediaType: operations.exportAudit.mediaType ?? 'text/csv',
    fileName: `audit-${organisation.slug}-${new Date().toISOString().slice(0, 10)}.csv`,
    requestId: ctx.requestId,
    onFailure: (error) => ctx.services.logger.warn({ err: error, requestId: ctx.requestId }, 'an export broke off'),
  })
})
