'use client'

import { requestJson } from '@/components/api/request'
import { NumberField, TextField } from '@/components/settings/form/fields'
import { LockedNote, SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { Section } from '@/components/settings/page-frame'
import type { GeneralSettings } from '@/lib/access/general-settings'
import type { OrganisationLimits } from '@/lib/access/types'

const LOCKED = 'A provisioning file manages this; change it there.'
const MEBIBYTE = 1024 * 1024

type Values = Omit<GeneralSettings, 'slug' | 'managed' | 'limits' | 'externalId'> &
  Omit<OrganisationLimits, 'bytesPerRun' | 'sessionDays'> & {
    externalId: string
    mebibytesPerRun: number | null
    sessionDays: number | null
  }

function valuesOf({ name, externalId, limits, version }: GeneralSettings): Values {
  const { bytesPerRun, ...others } = limits
  return { ...others, name, externalId: externalId ?? '', mebibytesPerRun: bytesPerRun / MEBIBYTE, version }
}

function changeOf(
  { name, externalId, version, mebibytesPerRun, ...limits }: Values,
  before: Values,
  managed: string[],
) {
  const bytesPerRun = mebibytesPerRun === null ? null : Math.round(mebibytesPerRun * MEBIBYTE)
  const { name: _n, externalId: _e, version: _v, mebibytesPerRun: _m, ...old } = before
  const all = { ...limits, ...(mebibytesPerRun !== before.mebibytesPerRun && { bytesPerRun }) }
  const changed = Object.entries(all).filter(
    ([limit, value]) => value !== old[limit as keyof typeof old] && !managed.includes(`limits.${limit}`),
  )
  return {
    version,
    ...(name !== before.name && { name }),
    ...(externalId !== before.externalId && { externalId: externalId.trim() || null }),
    limits: Object.fromEntries(changed),
  }
}

/** Name, limits and retention of the organisation. */
export function GeneralForm({ organisationId, settings }: { organisationId: string; settings: GeneralSettings }) {
  const { managed } = settings
  const form = useSettingsForm<Values>({
    initial: valuesOf(settings),
    saved: 'The general settings are saved.',
    save: async (values, before) =>
      valuesOf(
        await requestJson<GeneralSettings>(`/api/settings/general?org=${organisationId}`, {
          method: 'PATCH',
          body: changeOf(values, before, managed),
        }),
      ),
  })
  const own = (name: 'name' | 'externalId') => form.field(name, { locked: managed.includes(name) ? LOCKED : null })
  const limit = (name: Exclude<keyof Values, 'name' | 'externalId' | 'version'>) => {
    const path = `limits.${name === 'mebibytesPerRun' ? 'bytesPerRun' : name}`
    return form.field(name, { path, locked: managed.includes(path) ? LOCKED : null })
  }

  return (
    <SettingsForm form={form}>
      {managed.length > 0 && (
        <LockedNote reason="A provisioning file manages what is marked with a lock. Change it in the file; it counts from the next start on." />
      )}
      <Section title="Organisation">
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField {...own('name')} label="Name" maxLength={100} />
          <TextField
            {...own('externalId')}
            label="External id"
            maxLength={200}
            hint={
              <>
                The tenant’s id elsewhere; fills <code className="font-mono">{'{{org.externalId}}'}</code> in headers of
                MCP servers.
              </>
            }
          />
        </div>
      </Section>
      <Section
        title="Limits"
        description="Of each run and of runs at the same time. They count from the next run on; runs beyond what may run at once wait their turn."
      >
        <div className="grid gap-5 sm:grid-cols-2">
          <NumberField {...limit('stepsPerRun')} label="Steps in a run" unit="steps" />
          <NumberField {...limit('minutesPerRun')} label="Time of a run" unit="minutes" />
          <NumberField {...limit('runsAtOnce')} label="Runs at once" unit="runs" />
          <NumberField {...limit('runsAtOncePerPrincipal')} label="Of these, of one person or token" unit="runs" />
          <NumberField {...limit('eventsPerRun')} label="Events in a run’s log" unit="events" />
          <NumberField {...limit('mebibytesPerRun')} label="Size of a run’s log" unit="MiB" />
          <NumberField {...limit('approvalMinutes')} label="Time to approve of a call" unit="minutes" />
        </div>
      </Section>
      <Section
        title="Retention"
        description="Logs are the single steps of an answer; the conversation keeps its text without them. Evidence is the whole result of a tool."
      >
        <div className="grid gap-5 sm:grid-cols-2">
          <NumberField {...limit('logDays')} label="Keep logs" unit="days" />
          <NumberField {...limit('evidenceDays')} label="Keep evidence" unit="days" />
          <NumberField
            {...limit('sessionDays')}
            label="Delete untouched sessions after"
            unit="days"
            placeholder="never"
            hint="Leave it empty to keep sessions for ever."
          />
        </div>
      </Section>
    </SettingsForm>
  )
}
