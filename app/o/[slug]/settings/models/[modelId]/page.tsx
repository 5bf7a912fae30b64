import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { ModelDetails } from '@/components/settings/models/model-details'
import { LongwatchError } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { getModelConfig } from '@/lib/models/configs/list'

export const metadata: Metadata = { title: 'Model' }

export default async function ModelPage({ params }: { params: Promise<{ slug: string; modelId: string }> }) {
  const { slug, modelId } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  if (organisationOf('mdl', modelId) !== access.organisationId) notFound()
  const model = await getModelConfig(access.ctx, { modelId }).catch((error: unknown) => {
    if (error instanceof LongwatchError && error.code === 'not_found') notFound()
    throw error
  })
  return <ModelDetails slug={slug} organisationId={access.organisationId} model={model} />
}
