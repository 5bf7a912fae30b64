'use client'

import { Plus } from 'lucide-react'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { NumberField, SelectField, TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { SecretOnce } from '@/components/settings/secret-once'
import { Button } from '@/components/ui/button'
import { Modal } from '@/components/ui/modal'
import { ROLES, type Role, roleAtLeast } from '@/lib/access/types'

/** Makes an API token and shows its value, once. */
export function CreateTokenButton({ organisationId, ownRole }: { organisationId: string; ownRole: Role }) {
  const [open, setOpen] = useState(false)
  const [value, setValue] = useState<string | null>(null)
  const close = () => {
    setOpen(false)
    setValue(null)
  }
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)} data-testid="create-token">
        <Plus size={15} aria-hidden />
        New token
      </Button>
      <Modal
        open={open}
        onOpenChange={(next) => (next ? setOpen(true) : close())}
        title={value === null ? 'A new API token' : 'Your new API token'}
        description={
          value === null
            ? 'It acts for you: never more than you may at that moment, and not after you leave the organisation.'
            : undefined
        }
      >
        {value === null ? (
          <TokenForm organisationId={organisationId} ownRole={ownRole} onCreated={setValue} onCancel={close} />
        ) : (
          <SecretOnce
            label="Token"
            value={value}
            hint="Copy it now: it is shown this once and kept nowhere. Send it as Authorization: Bearer …"
            onDone={close}
          />
        )}
      </Modal>
    </>
  )
}

function TokenForm({
  organisationId,
  ownRole,
  onCreated,
  onCancel,
}: {
  organisationId: string
  ownRole: Role
  onCreated: (value: string) => void
  onCancel: () => void
}) {
  const form = useSettingsForm<{ name: string; role: Role; expiresInDays: number | null }>({
    initial: { name: '', role: 'viewer', expiresInDays: 90 },
    saved: 'The token is made.',
    save: async (values) => {
      const { value } = await requestJson<{ value: string }>(`/api/tokens?org=${organisationId}`, {
        method: 'POST',
        body: values,
      })
      onCreated(value)
      return undefined
    },
  })
  const options = ROLES.filter((role) => roleAtLeast(ownRole, role)).map((role) => ({ value: role, label: role }))
  return (
    <SettingsForm form={form} submit="Create the token" onCancel={onCancel} always>
      <TextField {...form.field('name')} label="Name" maxLength={100} hint="What it is for." autoFocus />
      <SelectField {...form.field('role')} label="Role" options={options} />
      <NumberField
        {...form.field('expiresInDays')}
        label="Valid for"
        unit="days"
        placeholder="for ever"
        hint="Leave it empty for a token that does not expire."
      />
    </SettingsForm>
  )
}
