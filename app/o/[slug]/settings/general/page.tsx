import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { GeneralForm } from '@/components/settings/general/general-form'
import { PageFrame } from '@/components/settings/page-frame'
import { getGeneralSettings } from '@/lib/access/general-settings'

export const metadata: Metadata = { title: 'General' }

export default async function GeneralPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'admin')
  if (access.denied) return access.denied
  const settings = await getGeneralSettings(access.ctx, { org: access.organisationId })
  return (
    <PageFrame
      title="General"
      description="What the organisation is called, how much one run may take, and how long things are kept."
    >
      <GeneralForm organisationId={access.organisationId} settings={settings} />
    </PageFrame>
  )
}
