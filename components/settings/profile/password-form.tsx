'use client'

import { signIn } from '@/components/account/credentials'
import { requestJson } from '@/components/api/request'
import { TextField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { loadPage } from '@/components/site'

const EMPTY = { current: '', password: '' }

/** Another password. It ends every sign-in; this browser signs in again with the new one. */
export function PasswordForm({ email }: { email: string }) {
  const form = useSettingsForm<typeof EMPTY>({
    initial: EMPTY,
    saved: 'Your password is changed. Every other sign-in has ended.',
    save: async (values) => {
      await requestJson('/api/profile/password', { method: 'POST', body: values })
      // Throttled, or the connection is gone: the new password is asked for on the sign-in page.
      await signIn(email, values.password).catch(() => loadPage('/sign-in'))
      return EMPTY
    },
  })
  return (
    <SettingsForm form={form} submit="Change the password">
      {/* Password managers want to know whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <TextField
        {...form.field('current')}
        label="Password until now"
        type="password"
        autoComplete="current-password"
      />
      <TextField
        {...form.field('password')}
        label="New password"
        type="password"
        autoComplete="new-password"
        hint="At least 8 characters."
      />
    </SettingsForm>
  )
}
