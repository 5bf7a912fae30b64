import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { PageFrame } from '@/components/settings/page-frame'
import { PromptsForm } from '@/components/settings/prompts/prompts-form'
import { getPrompts } from '@/lib/access/prompts'

export const metadata: Metadata = { title: 'Prompts' }

export default async function PromptsPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'admin')
  if (access.denied) return access.denied
  return (
    <PageFrame
      title="Prompts"
      description="What the agent is told before every question: who it is, how it works, how it answers. Changes count from the next run on."
    >
      <PromptsForm
        organisationId={access.organisationId}
        settings={await getPrompts(access.ctx, { org: access.organisationId })}
      />
    </PageFrame>
  )
}
