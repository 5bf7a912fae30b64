'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { requestJson } from '@/components/api/request'
import { newDraft, PROVIDERS, type Provider } from '@/components/settings/models/draft'
import { ModelForm } from '@/components/settings/models/model-form'
import { settingsPath } from '@/components/settings/navigation'
import { cx } from '@/components/ui/cx'
import { leaving } from '@/components/ui/unsaved'
import type { ModelConfigView } from '@/lib/models/configs/view'

/** Which provider, then the model's settings. */
export function NewModel({ slug, organisationId }: { slug: string; organisationId: string }) {
  const router = useRouter()
  const created = useRef<string | null>(null)
  const [provider, setProvider] = useState<Provider | null>(null)
  return (
    <>
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Who serves it?</legend>
        <div className="grid gap-3 sm:grid-cols-3">
          {(Object.keys(PROVIDERS) as Provider[]).map((id) => (
            <button
              key={id}
              type="button"
              data-testid={`provider-${id}`}
              aria-pressed={provider === id}
              onClick={() => leaving(() => setProvider(id))}
              className={cx(
                'rounded-lg border p-3 text-left',
                provider === id ? 'border-accent bg-accent-soft' : 'border-line bg-surface hover:bg-hover',
              )}
            >
              <span className="block text-sm font-medium">{PROVIDERS[id].label}</span>
              <span className="mt-1 block text-xs text-muted">{PROVIDERS[id].description}</span>
            </button>
          ))}
        </div>
      </fieldset>
      {provider && (
        <ModelForm
          key={provider}
          organisationId={organisationId}
          initial={newDraft(provider)}
          submit="Add the model"
          saved="The model was added."
          save={async (body) => {
            const path = `/api/models/configs?org=${organisationId}`
            created.current = (await requestJson<ModelConfigView>(path, { method: 'POST', body })).id
            return undefined
          }}
          onSaved={() => router.push(settingsPath(slug, `models/${created.current}`))}
        />
      )}
    </>
  )
}
