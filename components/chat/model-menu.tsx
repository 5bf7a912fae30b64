'use client'

import { ChevronDown } from 'lucide-react'
import { useModels } from '@/components/chat/models'
import { cx } from '@/components/ui/cx'
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu'

interface ModelMenuProps {
  organisationId: string
  /** Null: the organisation's default. */
  chosen: string | null
  disabled: boolean
  onChoose: (model: string | null) => void
}

/** Which model answers, in the words of the configuration, and where there are several, which one shall. */
export function ModelMenu({ organisationId, chosen, disabled, onChoose }: ModelMenuProps) {
  const models = useModels(organisationId)
  if (models.state === 'loading') return <span className="h-4" />
  const offered = models.state === 'ready' ? models.models : []
  // One that was removed gives way to the default, as on the server.
  const model = offered.find(({ id }) => id === chosen) ?? offered[0]
  const text = model?.label ?? (models.state === 'failed' ? 'model unknown' : 'no model configured')
  const look = cx('line-clamp-2 text-left text-xs leading-4', model && !model.scripted ? 'text-muted' : 'text-warn')
  if (!model || offered.length < 2) {
    return (
      <span data-testid="model-label" title={text} className={look}>
        {text}
      </span>
    )
  }
  return (
    <Menu>
      <MenuTrigger
        data-testid="model-choice"
        data-model={model.id}
        disabled={disabled}
        aria-label={`Model: ${text}`}
        className="-ml-1.5 flex min-h-7 touch:min-h-10 min-w-0 items-center gap-1 rounded-md px-1.5 hover:bg-hover"
      >
        <span data-testid="model-label" className={look}>
          {text}
        </span>
        <ChevronDown size={12} aria-hidden className="shrink-0 text-muted" />
      </MenuTrigger>
      <MenuContent align="start" side="top" className="max-w-[min(22rem,calc(100vw-2rem))]">
        <MenuRadioGroup
          value={model.id}
          onValueChange={(id) => onChoose(id === offered[0]?.id ? null : id)}
          aria-label="Model"
        >
          {offered.map((one, index) => (
            <MenuRadioItem key={one.id} value={one.id} hint={index === 0 ? 'Default' : undefined}>
              {one.label}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  )
}
