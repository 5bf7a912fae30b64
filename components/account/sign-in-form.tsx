'use client'

import { type FormEvent, useRef, useState } from 'react'
import { signIn, signInElsewhere, signInRefusal } from '@/components/account/credentials'
import type { DemoAccount } from '@/components/account/demo-accounts'
import { DemoAccounts } from '@/components/account/demo-accounts'
import { messageOf } from '@/components/api/request'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { Field, Notice } from '@/components/ui/field'

const ELSEWHERE = 'single-sign-on'

/** E-mail and password, the single sign-on where there is one; in the demo also its accounts, one click each. */
export function SignInForm({
  destination,
  demoAccounts,
  errorCode,
  singleSignOn,
}: {
  /** A path of this site. */
  destination: string
  demoAccounts: DemoAccount[]
  errorCode: string | null
  /** An OpenID Connect issuer is configured. */
  singleSignOn: boolean
}) {
  const [error, setError] = useState(errorCode && signInRefusal(errorCode))
  const [busy, setBusy] = useState<string | null>(null)
  const isDemo = demoAccounts.length > 0
  const password = useRef<HTMLInputElement>(null)

  const enter = async (email: string, secret: string) => {
    setBusy(email)
    setError(null)
    try {
      await signIn(email, secret)
      loadPage(destination)
    } catch (failure) {
      setError(messageOf(failure))
      setBusy(null)
      password.current?.select()
    }
  }

  const leave = async () => {
    setBusy(ELSEWHERE)
    setError(null)
    try {
      await signInElsewhere(destination)
    } catch (failure) {
      setError(messageOf(failure))
      setBusy(null)
    }
  }

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    void enter(String(fields.get('email')), String(fields.get('password')))
  }

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
      {isDemo && (
        <DemoAccounts
          accounts={demoAccounts}
          busy={busy}
          onChoose={(account) => enter(account.email, account.password)}
        />
      )}
      <form method="post" onSubmit={submit} className="grid gap-4">
        {error && <Notice tone="danger">{error}</Notice>}
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus={!isDemo} />
        <Field
          ref={password}
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Button
          type="submit"
          variant={isDemo ? 'secondary' : 'primary'}
          busy={busy !== null && busy !== ELSEWHERE}
          disabled={busy !== null}
          data-testid="sign-in"
        >
          Sign in
        </Button>
        {singleSignOn && (
          <Button busy={busy === ELSEWHERE} disabled={busy !== null} onClick={leave} data-testid="single-sign-on">
            Sign in with single sign-on
          </Button>
        )}
      </form>
    </div>
  )
}
