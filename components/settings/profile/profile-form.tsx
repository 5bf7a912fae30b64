'use client'

import { requestJson } from '@/components/api/request'
import { TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import type { Profile } from '@/lib/access/profile'

/** The name by which others see this person. */
export function ProfileForm({ profile }: { profile: Profile }) {
  const form = useSettingsForm<{ name: string }>({
    initial: { name: profile.name },
    saved: 'Your profile is saved.',
    locked: profile.provisioned ? 'A provisioning file manages your account; change it there.' : null,
    save: async ({ name }) => {
      const stored = await requestJson<Profile>('/api/profile', { method: 'PATCH', body: { name } })
      return { name: stored.name }
    },
  })
  return (
    <SettingsForm form={form}>
      <TextField {...form.field('name')} label="Name" maxLength={100} autoComplete="name" />
      <div>
        <p className="text-sm font-medium">E-mail</p>
        <p className="mt-1 text-sm text-muted">{profile.email}</p>
      </div>
    </SettingsForm>
  )
}
