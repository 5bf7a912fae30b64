import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { DiagnosticsView } from '@/components/settings/diagnostics/diagnostics-view'
import { PageFrame } from '@/components/settings/page-frame'

export const metadata: Metadata = { title: 'Diagnostics' }

export default async function DiagnosticsPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'admin')
  if (access.denied) return access.denied
  return (
    <PageFrame
      title="Diagnostics"
      description="Whether what an answer depends on is there, seen from the server and from this browser."
    >
      <DiagnosticsView organisationId={access.organisationId} />
    </PageFrame>
  )
}
