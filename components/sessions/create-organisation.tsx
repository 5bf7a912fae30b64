'use client'

import { requestJson } from '@/components/api/request'
import { TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { loadPage } from '@/components/site'
import { Modal } from '@/components/ui/modal'

/** For server administrators: a new organisation, of which they become the admin. */
export function CreateOrganisation({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Modal
      open={open}
      onOpenChange={onOpenChange}
      title="A new organisation"
      description="It begins empty, and you are its admin."
    >
      <CreateOrganisationForm onCancel={() => onOpenChange(false)} />
    </Modal>
  )
}

export function CreateOrganisationForm({ onCancel }: { onCancel?: () => void }) {
  const form = useSettingsForm<{ name: string; slug: string }>({
    initial: { name: '', slug: '' },
    saved: 'The organisation is created.',
    save: async ({ name, slug }) => {
      const { organisation } = await requestJson<{ organisation: { slug: string } }>('/api/organisations', {
        method: 'POST',
        body: { name, ...(slug.trim() && { slug: slug.trim() }) },
      })
      loadPage(`/o/${organisation.slug}`)
      return { name: '', slug: '' }
    },
  })
  return (
    <SettingsForm form={form} submit="Create the organisation" onCancel={onCancel} always>
      <TextField {...form.field('name')} label="Name" maxLength={100} autoFocus />
      <TextField
        {...form.field('slug')}
        label="Short name in addresses"
        maxLength={40}
        placeholder="made from the name"
        hint="Small letters, digits and hyphens."
        mono
      />
    </SettingsForm>
  )
}
