'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { draftOf, PROVIDERS } from '@/components/settings/models/draft'
import { ModelForm } from '@/components/settings/models/model-form'
import { settingsPath } from '@/components/settings/navigation'
import { PageFrame } from '@/components/settings/page-frame'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Confirm } from '@/components/ui/confirm'
import { toast } from '@/components/ui/toast'
import { leaving } from '@/components/ui/unsaved'
import type { ModelConfigView } from '@/lib/models/configs/view'

const LOCKED =
  'A provisioning file or the environment manages this model. It can be tested here and changed only there.'

/** One model: its settings, whether it is the default, and the ways to switch it off. */
export function ModelDetails({
  slug,
  organisationId,
  model: initial,
}: {
  slug: string
  organisationId: string
  model: ModelConfigView
}) {
  const router = useRouter()
  const [state, setState] = useState({ initial, model: initial })
  if (state.initial !== initial) setState({ initial, model: initial })
  const { model } = state
  const [busy, setBusy] = useState(false)
  const [removing, setRemoving] = useState(false)
  const path = `/api/models/configs/${model.id}`

  const patch = async (body: object) => {
    const changed = await requestJson<ModelConfigView>(path, { method: 'PATCH', body })
    setState((now) => ({ ...now, model: changed }))
    return changed
  }
  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true)
    try {
      await work()
      toast.success(done)
      router.refresh()
    } catch (error) {
      toast.error(messageOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <PageFrame
      title={model.name ?? model.model}
      description={
        <>
          {PROVIDERS[model.provider].label} {model.isDefault && <Badge tone="accent">default</Badge>}{' '}
          {!model.enabled && <Badge>switched off</Badge>}
        </>
      }
      actions={
        <>
          {!model.isDefault && model.enabled && (
            <Button
              disabled={busy}
              data-testid="make-default"
              onClick={() => act(() => patch({ isDefault: true }), 'It answers now when nobody chooses another one.')}
            >
              Make it the default
            </Button>
          )}
          {!model.provisioned && (
            <>
              <Button
                disabled={busy}
                data-testid="toggle-model"
                onClick={() =>
                  act(
                    () => patch({ enabled: !model.enabled }),
                    model.enabled ? 'The model is switched off.' : 'The model can be chosen again.',
                  )
                }
              >
                {model.enabled ? 'Switch off' : 'Switch on'}
              </Button>
              <Button variant="danger" disabled={busy} onClick={() => setRemoving(true)} data-testid="remove-model">
                Remove
              </Button>
            </>
          )}
        </>
      }
    >
      <ModelForm
        organisationId={organisationId}
        modelId={model.id}
        hasKey={model.hasKey}
        initial={draftOf(model)}
        locked={model.provisioned ? LOCKED : null}
        saved="Saved. The next call of every run goes by it."
        save={async (body) => draftOf(await patch({ ...body, version: model.version }))}
      />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${model.name ?? model.model}?`}
        description="Conversations that chose it go on with the default model. Its sealed key is deleted."
        action="Remove"
        busy={busy}
        onConfirm={() =>
          act(async () => {
            await requestJson(path, { method: 'DELETE' })
            leaving(() => router.push(settingsPath(slug, 'models')))
          }, 'The model was removed.')
        }
      />
    </PageFrame>
  )
}
