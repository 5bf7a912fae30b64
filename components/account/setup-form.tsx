'use client'

import { type FormEvent, useState } from 'react'
import { signIn } from '@/components/account/credentials'
import { messageOf, RequestError, requestJson } from '@/components/api/request'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { Field, Notice } from '@/components/ui/field'

type Failure = { field?: string; message: string }

/** The first start: who administers which organisation, against the code that only the server's log shows. */
export function SetupForm() {
  const [failure, setFailure] = useState<Failure | null>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    setBusy(true)
    setFailure(null)
    try {
      const { organisation } = await requestJson<{ organisation: { slug: string } }>('/api/setup', {
        method: 'POST',
        body: { ...fields, code: fields.code?.trim() },
      })
      await signIn(fields.email ?? '', fields.password ?? '').catch(() => loadPage('/sign-in'))
      loadPage(`/o/${organisation.slug}`)
    } catch (error) {
      setFailure({ message: messageOf(error), field: error instanceof RequestError ? error.field : undefined })
      setBusy(false)
    }
  }

  const names = ['code', 'organisation', 'name', 'email', 'password']
  const errorOf = (name: string) => (failure?.field === name ? failure.message : null)
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      {failure && !names.includes(failure.field ?? '') && <Notice tone="danger">{failure.message}</Notice>}
      <Field
        label="One-time code"
        name="code"
        hint="Printed in the server’s log when it started."
        error={errorOf('code')}
        autoComplete="one-time-code"
        spellCheck={false}
        required
        autoFocus
        className="[&_input]:font-mono"
      />
      <Field label="Organisation" name="organisation" maxLength={100} error={errorOf('organisation')} required />
      <Field label="Your name" name="name" maxLength={100} autoComplete="name" error={errorOf('name')} required />
      <Field label="E-mail" name="email" type="email" autoComplete="username" error={errorOf('email')} required />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        hint="At least 8 characters."
        error={errorOf('password')}
        required
      />
      <Button type="submit" variant="primary" busy={busy} data-testid="finish-setup">
        Create the organisation
      </Button>
    </form>
  )
}
