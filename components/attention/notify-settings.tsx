'use client'

import { type NotificationKind, useNotifications } from '@/components/attention/notifications'
import { SwitchField } from '@/components/settings/form/fields'

const WORDS: Record<NotificationKind, { label: string; hint: string }> = {
  ended: { label: 'When a run of mine ends', hint: 'With the session’s title, and whether it failed.' },
  waits: { label: 'When a tool call waits for me', hint: 'As soon as you are asked to approve of one.' },
}

/** What this browser notifies of. Asking the browser for its permission takes a click on one of them. */
export function NotifySettings() {
  return (
    <div className="grid gap-4">
      <NotifyField kind="ended" />
      <NotifyField kind="waits" />
      <PermissionNote />
    </div>
  )
}

function NotifyField({ kind }: { kind: NotificationKind }) {
  const { permission, isOn, turnOn, turnOff } = useNotifications(kind)
  return (
    <SwitchField
      name={`notify-${kind}`}
      value={isOn}
      onChange={(value) => void (value ? turnOn() : turnOff())}
      disabled={permission === 'unsupported' || permission === 'denied'}
      error={null}
      locked={null}
      {...WORDS[kind]}
    />
  )
}

function PermissionNote() {
  const { permission } = useNotifications('ended')
  if (permission === 'granted' || permission === 'default') return null
  return (
    <p className="text-xs text-muted">
      {permission === 'denied'
        ? 'This browser was told not to show notifications of this page. Its settings for the page change that.'
        : 'This browser shows notifications of pages over HTTPS only.'}
    </p>
  )
}
