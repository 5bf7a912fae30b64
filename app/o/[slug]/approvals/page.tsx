import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { ApprovalsList } from '@/components/approvals/approvals-list'
import { NotifySwitch } from '@/components/attention/notify-switch'
import { PageBar } from '@/components/sessions/page-bar'
import { PageFrame } from '@/components/settings/page-frame'
import { listApprovals } from '@/lib/runs/approvals/list'

export const metadata: Metadata = { title: 'Approvals' }

export default async function ApprovalsPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'viewer')
  if (access.denied) return access.denied
  const first = await listApprovals(access.ctx, { org: access.organisationId, limit: 50 })
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageBar>
        <span className="truncate text-sm font-medium">Approvals</span>
      </PageBar>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <PageFrame
          title="Approvals"
          description="Tool calls that wait for your decision. What nobody decides in time is rejected."
          actions={<NotifySwitch />}
        >
          <ApprovalsList first={first} />
        </PageFrame>
      </div>
    </div>
  )
}
