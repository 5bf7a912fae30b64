import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { ModelList } from '@/components/settings/models/model-list'
import { settingsPath } from '@/components/settings/navigation'
import { PageFrame } from '@/components/settings/page-frame'
import { buttonClass } from '@/components/ui/button'
import { listModelConfigs } from '@/lib/models/configs/list'

export const metadata: Metadata = { title: 'Models' }

export default async function ModelsPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  const { ctx, organisationId } = access
  const { models, environment } = await listModelConfigs(ctx, { org: organisationId })
  return (
    <PageFrame
      title="Models"
      wide
      description="Who answers. The default one does when nobody chooses another; each conversation may have its own."
      actions={
        <Link
          href={settingsPath(slug, 'models/new')}
          className={buttonClass({ variant: 'primary' })}
          data-testid="add-model"
        >
          <Plus size={16} aria-hidden />
          Add a model
        </Link>
      }
    >
      <ModelList slug={slug} models={models} environment={environment} />
    </PageFrame>
  )
}
