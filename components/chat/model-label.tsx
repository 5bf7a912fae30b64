'use client'

import { useModels } from '@/components/chat/models'
import { cx } from '@/components/ui/cx'

/** Which model answers, in the words of the configuration. */
export function ModelLabel({ organisationId }: { organisationId: string }) {
  const models = useModels(organisationId)
  if (models.state === 'loading') return <span className="h-4" />
  const model = models.state === 'ready' ? models.models[0] : undefined
  const text = model?.label ?? (models.state === 'failed' ? 'model unknown' : 'no model configured')
  return (
    <span
      data-testid="model-label"
      title={text}
      className={cx('line-clamp-2 text-xs leading-4', model && !model.scripted ? 'text-muted' : 'text-warn')}
    >
      {text}
    </span>
  )
}
