import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { PageFrame } from '@/components/settings/page-frame'
import { ActiveRuns } from '@/components/settings/runs/active-runs'
import { listActiveRuns } from '@/lib/runs/list-active'

export const metadata: Metadata = { title: 'Running now' }

export default async function RunsPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'viewer')
  if (access.denied) return access.denied
  const { role } = access.workspace.current
  const first = await listActiveRuns(access.ctx, { org: access.organisationId })
  return (
    <PageFrame
      wide
      title="Running now"
      description={
        role === 'admin'
          ? 'Every run of the organisation that goes on or waits. Private conversations stay private; their runs can be stopped all the same.'
          : 'Your runs that go on or wait.'
      }
    >
      <ActiveRuns first={first} />
    </PageFrame>
  )
}
