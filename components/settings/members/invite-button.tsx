'use client'

import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { NumberField, SelectField, TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { SecretOnce } from '@/components/settings/secret-once'
import { Button } from '@/components/ui/button'
import { Modal } from '@/components/ui/modal'
import type { Role } from '@/lib/access/types'

/** Makes an invitation and shows its link, once. */
export function InviteButton({ organisationId }: { organisationId: string }) {
  const [open, setOpen] = useState(false)
  const [url, setUrl] = useState<string | null>(null)
  const close = () => {
    setOpen(false)
    setUrl(null)
  }
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)} data-testid="invite">
        <UserPlus size={15} aria-hidden />
        Invite
      </Button>
      <Modal
        open={open}
        onOpenChange={(next) => (next ? setOpen(true) : close())}
        title="Invite somebody"
        description={url ? undefined : 'You get a link to hand over. It works once.'}
      >
        {url === null ? (
          <InviteForm organisationId={organisationId} onInvited={setUrl} onCancel={close} />
        ) : (
          <SecretOnce
            label="Invitation link"
            value={url}
            hint="Hand it over yourself: no e-mail is sent. It is shown this once; an invitation that is still open can be revoked below."
            onDone={close}
          />
        )}
      </Modal>
    </>
  )
}

const ROLE_OPTIONS: { value: Role; label: string }[] = [
  { value: 'viewer', label: 'Viewer: asks, and reads' },
  { value: 'editor', label: 'Editor: works in shared sessions, and may change things' },
  { value: 'admin', label: 'Admin: decides over all of this' },
]

function InviteForm({
  organisationId,
  onInvited,
  onCancel,
}: {
  organisationId: string
  onInvited: (url: string) => void
  onCancel: () => void
}) {
  const form = useSettingsForm<{ role: Role; email: string; expiresInDays: number | null }>({
    initial: { role: 'viewer', email: '', expiresInDays: 7 },
    saved: 'The invitation is made.',
    save: async ({ role, email, expiresInDays }) => {
      const { url } = await requestJson<{ url: string }>(`/api/invitations?org=${organisationId}`, {
        method: 'POST',
        body: { role, expiresInDays, ...(email.trim() && { email: email.trim() }) },
      })
      onInvited(url)
      return undefined
    },
  })
  return (
    <SettingsForm form={form} submit="Make the link" onCancel={onCancel} always>
      <SelectField {...form.field('role')} label="Role" options={ROLE_OPTIONS} />
      <TextField
        {...form.field('email')}
        label="E-mail"
        type="email"
        autoComplete="off"
        hint="Optional. Only the person of this address can accept then."
      />
      <NumberField {...form.field('expiresInDays')} label="Valid for" unit="days" />
    </SettingsForm>
  )
}
