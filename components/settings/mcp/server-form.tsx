'use client'

import { useState } from 'react'
import { messageOf } from '@/components/api/request'
import { NumberField, SelectField, TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { type ServerBody, type ServerTest, testServer, testSettings } from '@/components/settings/mcp/api'
import { bodyOf, type ServerDraft } from '@/components/settings/mcp/draft'
import { HeadersField } from '@/components/settings/mcp/headers-field'
import type { Preset } from '@/components/settings/mcp/presets'
import { TestResult } from '@/components/settings/mcp/test-result'
import { Button } from '@/components/ui/button'

const TRANSPORTS: { value: ServerDraft['transport']; label: string }[] = [
  { value: 'streamable-http', label: 'Streamable HTTP' },
  { value: 'sse', label: 'Server-sent events (older servers)' },
]

/** The settings of one server, new or stored, with a test of what is typed. */
export function ServerForm({
  organisationId,
  serverId,
  initial,
  preset,
  locked = null,
  submit,
  saved,
  save,
  onSaved,
}: {
  organisationId: string
  /** Of a stored one. */
  serverId?: string
  initial: ServerDraft
  preset?: Preset
  locked?: string | null
  submit?: string
  saved: string
  save: (body: ServerBody) => Promise<ServerDraft | undefined>
  onSaved?: () => void
}) {
  const complete = (draft: ServerDraft): ServerDraft => ({
    ...draft,
    url: preset?.completeUrl?.(draft.url.trim()) ?? draft.url,
  })
  const form = useSettingsForm<ServerDraft>({
    initial,
    save: (draft) => save(bodyOf(complete(draft))),
    saved,
    onSaved,
    locked,
  })
  const [testing, setTesting] = useState(false)
  const [result, setResult] = useState<ServerTest | null>(null)

  const test = async () => {
    setTesting(true)
    setResult(null)
    const began = performance.now()
    try {
      const draft = complete(form.values)
      if (!locked && draft.url !== form.values.url) form.set({ url: draft.url })
      const stored = serverId !== undefined && (locked || !form.dirty)
      setResult(await (stored ? testServer(serverId) : testSettings(organisationId, bodyOf(draft), serverId)))
    } catch (error) {
      setResult({ outcome: 'failed', milliseconds: performance.now() - began, message: messageOf(error) })
    } finally {
      setTesting(false)
    }
  }

  return (
    <SettingsForm form={form} submit={submit} always={serverId === undefined}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          {...form.field('name')}
          label="Name"
          hint="Small letters, digits, hyphens. It begins the names of its tools."
          placeholder="grafana"
          maxLength={32}
          spellCheck={false}
          autoComplete="off"
          mono
        />
        <SelectField {...form.field('transport')} label="Transport" options={TRANSPORTS} />
      </div>
      <TextField
        {...form.field('url')}
        label="Address"
        hint={preset?.urlHint ?? 'The MCP endpoint. Credentials belong into a header, not into the address.'}
        placeholder={preset?.urlPlaceholder}
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        mono
      />
      <HeadersField {...form.field('headers')} failure={form.failure} />
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Timeouts</legend>
        <div className="grid gap-4 sm:grid-cols-3">
          <NumberField {...form.field('dial', { path: 'timeouts.dial' })} label="Connecting" unit="seconds" />
          <NumberField {...form.field('list', { path: 'timeouts.list' })} label="Listing tools" unit="seconds" />
          <NumberField {...form.field('call', { path: 'timeouts.call' })} label="A call" unit="seconds" />
        </div>
      </fieldset>
      <div className="grid gap-3">
        <div>
          <Button busy={testing} disabled={form.sending} onClick={test} data-testid="test-server">
            {form.dirty ? 'Test what is typed' : 'Test'}
          </Button>
        </div>
        {result && <TestResult result={result} />}
      </div>
    </SettingsForm>
  )
}
