'use client'

import { requestJson } from '@/components/api/request'
import { NumberField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import type { BudgetView } from '@/lib/usage/budget'

/** What may be spent in a month. */
export function BudgetForm({ organisationId, view }: { organisationId: string; view: BudgetView }) {
  const form = useSettingsForm({
    initial: view.budget,
    saved: 'The budget is saved; it counts at once.',
    save: async (values) => {
      const path = `/api/settings/budget?org=${organisationId}`
      return (await requestJson<BudgetView>(path, { method: 'PATCH', body: values })).budget
    },
  })
  return (
    <SettingsForm form={form}>
      <div className="grid gap-5 sm:grid-cols-2">
        <NumberField {...form.field('warnUsd')} label="Warn at" unit="US$" placeholder="never" />
        <NumberField
          {...form.field('capUsd')}
          label="Stop at"
          unit="US$"
          placeholder="never"
          hint="Counts only models with prices."
        />
        <NumberField {...form.field('warnTokens')} label="Warn at" unit="tokens" placeholder="never" />
        <NumberField {...form.field('capTokens')} label="Stop at" unit="tokens" placeholder="never" />
      </div>
    </SettingsForm>
  )
}
