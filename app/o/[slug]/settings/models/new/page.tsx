import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { NewModel } from '@/components/settings/models/new-model'
import { PageFrame } from '@/components/settings/page-frame'

export const metadata: Metadata = { title: 'Add a model' }

export default async function NewModelPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  return (
    <PageFrame title="Add a model" description="Nothing is stored before you save; test it first if you like.">
      <NewModel slug={slug} organisationId={access.organisationId} />
    </PageFrame>
  )
}
