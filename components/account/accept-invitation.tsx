'use client'

import { type FormEvent, useState } from 'react'
import { signIn, signOut } from '@/components/account/credentials'
import { SignInForm } from '@/components/account/sign-in-form'
import { messageOf, RequestError, requestJson } from '@/components/api/request'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { Field, Notice } from '@/components/ui/field'

interface Invited {
  /** The last part of the link. */
  secret: string
  /** Only for the person of this address; null: for whoever has the link. */
  email: string | null
}

type Failure = { field?: string; message: string }

const accept = (body: object) =>
  requestJson<{ organisation: { slug: string } }>('/api/invitations/accept', { method: 'POST', body })

/** For somebody who is signed in: one click, or the way to another account. */
export function AcceptAsYourself({ secret, email, user }: Invited & { user: { name: string; email: string } }) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    setFailure(null)
    try {
      await work()
    } catch (error) {
      setFailure(messageOf(error))
      setBusy(false)
    }
  }
  const isOther = email !== null && email !== user.email
  return (
    <div className="grid gap-4">
      <p className="text-sm text-muted [overflow-wrap:anywhere]">
        You are signed in as {user.name} ({user.email}).
        {isOther && ` The invitation is for ${email}.`}
      </p>
      {failure && <Notice tone="danger">{failure}</Notice>}
      {!isOther && (
        <Button
          variant="primary"
          busy={busy}
          data-testid="accept-invitation"
          onClick={() =>
            attempt(async () => {
              const { organisation } = await accept({ secret })
              loadPage(`/o/${organisation.slug}`)
            })
          }
        >
          Accept the invitation
        </Button>
      )}
      <Button
        busy={isOther && busy}
        disabled={busy}
        onClick={() =>
          attempt(async () => {
            await signOut()
            window.location.reload()
          })
        }
      >
        Use another account
      </Button>
    </div>
  )
}

/** For somebody who is not signed in: a new account, or the sign-in to one that there is. */
export function AcceptAsStranger({ secret, email, singleSignOn }: Invited & { singleSignOn: boolean }) {
  const [hasAccount, setHasAccount] = useState(false)
  return (
    <div className="grid gap-5">
      {hasAccount ? (
        <SignInForm destination={`/invite/${secret}`} demoAccounts={[]} errorCode={null} singleSignOn={singleSignOn} />
      ) : (
        <NewAccount secret={secret} email={email} />
      )}
      <button
        type="button"
        className="justify-self-start text-sm text-accent underline-offset-2 hover:underline"
        onClick={() => setHasAccount(!hasAccount)}
        data-testid="switch-account"
      >
        {hasAccount ? 'I have no account yet' : 'I have an account'}
      </button>
    </div>
  )
}

function NewAccount({ secret, email }: Invited) {
  const [failure, setFailure] = useState<Failure | null>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    const account = { email: email ?? fields.email ?? '', name: fields.name ?? '', password: fields.password ?? '' }
    setBusy(true)
    setFailure(null)
    try {
      const { organisation } = await accept({ secret, account })
      await signIn(account.email, account.password).catch(() => loadPage('/sign-in'))
      loadPage(`/o/${organisation.slug}`)
    } catch (error) {
      const field = error instanceof RequestError ? error.field : undefined
      // A password is judged under its own name by the verb.
      setFailure({ message: messageOf(error), field: field?.replace(/^account\./, '') })
      setBusy(false)
    }
  }

  const errorOf = (name: string) => (failure?.field === name ? failure.message : null)
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      {failure && !['name', 'email', 'password'].includes(failure.field ?? '') && (
        <Notice tone="danger">{failure.message}</Notice>
      )}
      <Field label="Your name" name="name" maxLength={100} autoComplete="name" error={errorOf('name')} required />
      <Field
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        defaultValue={email ?? undefined}
        readOnly={email !== null}
        error={errorOf('email')}
        required
      />
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
      <Button type="submit" variant="primary" busy={busy} data-testid="create-account">
        Create the account and join
      </Button>
    </form>
  )
}
