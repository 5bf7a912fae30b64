import { Download } from 'lucide-react'
import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { AuditFilter } from '@/components/settings/audit/audit-filter'
import { AuditLog } from '@/components/settings/audit/audit-log'
import { auditFilter, auditQuery, readAuditSearch } from '@/components/settings/audit/filter'
import { settingsPath } from '@/components/settings/navigation'
import { PageFrame } from '@/components/settings/page-frame'
import { apiUrl } from '@/components/site'
import { buttonClass } from '@/components/ui/button'
import { listAudit } from '@/lib/access/list-audit'

export const metadata: Metadata = { title: 'Audit log' }

type Props = {
  params: Promise<{ slug: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AuditPage({ params, searchParams }: Props) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  const { organisationId, ctx } = access
  const search = readAuditSearch(await searchParams)
  const query = auditQuery(organisationId, search)
  const [first, newest] = await Promise.all([
    listAudit(ctx, { organisationId, ...auditFilter(search), limit: 50 }),
    listAudit(ctx, { organisationId, limit: 100 }),
  ])
  const path = settingsPath(slug, 'audit')
  const actions = [...new Set(newest.records.map(({ action }) => action))].sort()
  return (
    <PageFrame
      wide
      title="Audit log"
      description="Who did what, when and from where, with what was before and after. Secrets are never in it; records are kept for thirteen months."
      actions={
        <a href={apiUrl(`/api/audit/export?${query}`)} download className={buttonClass()} data-testid="audit-export">
          <Download size={15} aria-hidden />
          Export as CSV
        </a>
      }
    >
      <AuditFilter key={`filter ${query}`} path={path} search={search} actions={actions} />
      <AuditLog key={`log ${query}`} organisationId={organisationId} path={path} search={search} first={first} />
    </PageFrame>
  )
}
