'use client'

import { type FormEvent, useState } from 'react'
import { signIn } from '@/components/account/credentials'
import { messageOf, RequestError, requestJson } from '@/components/api/request'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { Field, Notice } from '@/components/ui/field'

/** A new password by a link that an admin handed over; then this browser is signed in with it. */
export function ResetPasswordForm({ secret, email }: { secret: string; email: string }) {
  const [failure, setFailure] = useState<{ field?: string; message: string } | null>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setBusy(true)
    setFailure(null)
    try {
      await requestJson('/api/password-reset', { method: 'POST', body: { secret, password } })
      await signIn(email, password).catch(() => undefined)
      loadPage('/')
    } catch (error) {
      setFailure({ message: messageOf(error), field: error instanceof RequestError ? error.field : undefined })
      setBusy(false)
    }
  }

  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      {failure && failure.field !== 'password' && <Notice tone="danger">{failure.message}</Notice>}
      <Field label="E-mail" name="email" type="email" autoComplete="username" value={email} readOnly />
      <Field
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        hint="At least 8 characters. All of your sign-ins end."
        error={failure?.field === 'password' ? failure.message : null}
        required
        autoFocus
      />
      <Button type="submit" variant="primary" busy={busy} data-testid="set-password">
        Set the password
      </Button>
    </form>
  )
}
