'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { Button } from '@/components/ui/button'
import { formatInstant } from '@/components/ui/format'
import { Modal } from '@/components/ui/modal'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { SwitchTarget, ToolSwitch } from '@/lib/access/tool-switches'

/** What is to be switched off, and what it is called. */
export interface SwitchWish {
  target: SwitchTarget
  name: string
}

/** Turns a switch for everybody in the organisation. Throws what `requestJson` throws. */
const turn = (organisationId: string, target: SwitchTarget, off: boolean, reason = '') =>
  requestJson(`/api/switches?org=${organisationId}`, { method: 'PATCH', body: { ...target, off, reason } })

/** Asks why, and switches it off. */
export function SwitchOff({
  organisationId,
  wish,
  onClose,
}: {
  organisationId: string
  wish: SwitchWish
  onClose: () => void
}) {
  const form = useSettingsForm({
    initial: { reason: '' },
    saved: `${wish.name}: switched off.`,
    save: async ({ reason }) => {
      await turn(organisationId, wish.target, true, reason)
      return undefined
    },
    onSaved: onClose,
  })
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Switch off: ${wish.name}`}
      description="For everybody and at once: runs that are under way are refused at their next call."
    >
      <SettingsForm form={form} submit="Switch off now" onCancel={onClose} always>
        <TextField
          {...form.field('reason')}
          label="Why"
          maxLength={300}
          autoFocus
          hint="Everybody in the organisation reads it, and so does the agent. May be empty."
        />
      </SettingsForm>
    </Modal>
  )
}

/** Everything that is switched off, and the way back. */
export function SwitchList({ organisationId, switches }: { organisationId: string; switches: ToolSwitch[] }) {
  const router = useRouter()
  const [busy, setBusy] = useState<string | null>(null)
  const turnOn = async (one: ToolSwitch) => {
    setBusy(JSON.stringify(one.target))
    try {
      await turn(organisationId, one.target, false)
      toast.success(`${one.name}: switched on again.`)
      router.refresh()
    } catch (error) {
      toastError('It could not be switched on', error)
    } finally {
      setBusy(null)
    }
  }
  if (switches.length === 0)
    return <p className="text-sm text-muted">Nothing is switched off. The policy below decides alone.</p>
  return (
    <ul className="grid gap-2" data-testid="switch-list">
      {switches.map((one) => (
        <li
          key={JSON.stringify(one.target)}
          className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-danger-soft px-3 py-2.5 text-sm [overflow-wrap:anywhere]"
        >
          <div className="min-w-0 flex-1 basis-60">
            <p className="font-medium text-danger">{one.name}</p>
            <p className="text-xs text-muted">
              {one.by.name},{' '}
              <time dateTime={new Date(one.at).toISOString()} suppressHydrationWarning>
                {formatInstant(one.at)}
              </time>
              {one.reason && `: “${one.reason}”`}
            </p>
          </div>
          <Button size="small" busy={busy === JSON.stringify(one.target)} onClick={() => void turnOn(one)}>
            Switch on again
          </Button>
        </li>
      ))}
    </ul>
  )
}
