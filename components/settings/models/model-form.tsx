'use client'

import { useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { NumberField, SwitchField, TextField } from '@/components/settings/form/fields'
import { SecretField } from '@/components/settings/form/secret-field'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { bodyOf, type ModelDraft, PROVIDERS } from '@/components/settings/models/draft'
import { ModelTest } from '@/components/settings/models/model-test'
import { Button } from '@/components/ui/button'
import type { ModelTestResult } from '@/lib/models/configs/test-model'

/** The settings of one model, new or stored, with a test of what is typed. */
export function ModelForm({
  organisationId,
  modelId,
  hasKey = false,
  initial,
  locked = null,
  submit,
  saved,
  save,
  onSaved,
}: {
  organisationId: string
  /** Of a stored one. */
  modelId?: string
  hasKey?: boolean
  initial: ModelDraft
  locked?: string | null
  submit?: string
  saved: string
  save: (body: ReturnType<typeof bodyOf>) => Promise<ModelDraft | undefined>
  onSaved?: () => void
}) {
  const form = useSettingsForm<ModelDraft>({
    initial,
    save: (draft) => save(bodyOf(draft)),
    saved,
    onSaved,
    locked,
  })
  const words = PROVIDERS[form.values.provider]

  return (
    <SettingsForm form={form} submit={submit} always={modelId === undefined}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          {...form.field('model')}
          label="Model"
          hint={words.modelHint}
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          mono
        />
        <TextField
          {...form.field('name')}
          label="Name"
          hint="What people choose. Empty: the model’s own."
          maxLength={60}
          autoComplete="off"
        />
      </div>
      <TextField
        {...form.field('baseUrl')}
        label={words.urlLabel}
        hint={words.urlHint}
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        mono
      />
      <SecretField {...form.field('apiKey')} label={words.keyLabel} isSet={hasKey} />
      <div className="grid gap-5 sm:grid-cols-2">
        <NumberField
          {...form.field('contextTokens')}
          label="Context"
          unit="tokens"
          hint="What it can read at once. Longer conversations are trimmed to this."
        />
        <NumberField
          {...form.field('maxOutputTokens')}
          label="Longest answer"
          unit="tokens"
          hint="At most half of the context."
        />
        <NumberField
          {...form.field('inputPrice', { path: 'prices' })}
          label="Price of a million tokens in"
          unit="US$"
          hint="Without prices, only tokens are counted."
        />
        <NumberField
          {...form.field('outputPrice', { path: 'prices.output' })}
          label="Of a million tokens out"
          unit="US$"
        />
      </div>
      <SwitchField
        {...form.field('takesImages')}
        label="It understands images"
        hint="Else images cannot be attached to questions for it."
      />
      <Test
        organisationId={organisationId}
        modelId={modelId}
        stored={locked !== null || !form.dirty}
        draft={form.values}
      />
    </SettingsForm>
  )
}

function Test({
  organisationId,
  modelId,
  stored,
  draft,
}: {
  organisationId: string
  modelId?: string
  /** Nothing was typed that is not saved. */
  stored: boolean
  draft: ModelDraft
}) {
  const [testing, setTesting] = useState(false)
  const [result, setResult] = useState<ModelTestResult | { outcome: 'refused'; message: string } | null>(null)

  const test = async () => {
    setTesting(true)
    setResult(null)
    try {
      const body = modelId && stored ? { modelId } : { modelId, settings: bodyOf(draft) }
      setResult(await requestJson<ModelTestResult>(`/api/models/test?org=${organisationId}`, { method: 'POST', body }))
    } catch (error) {
      setResult({ outcome: 'refused', message: messageOf(error) })
    } finally {
      setTesting(false)
    }
  }
  return (
    <div className="grid gap-3">
      <div>
        <Button busy={testing} onClick={test} data-testid="test-model">
          {modelId && stored ? 'Test' : 'Test what is typed'}
        </Button>
      </div>
      {result && <ModelTest result={result} />}
    </div>
  )
}
