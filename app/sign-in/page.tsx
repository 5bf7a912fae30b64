import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthFrame } from '@/components/account/auth-frame'
import { safeDestination } from '@/components/account/destination'
import { SignInForm } from '@/components/account/sign-in-form'
import { isSetupOpen } from '@/lib/access/setup'
import { currentPrincipal } from '@/lib/auth/current'
import { demoAccounts } from '@/lib/auth/demo-accounts'
import { services } from '@/lib/composition'
import { env } from '@/lib/env'

/** Never at build time: the build has no store, and must not make one. */
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Sign in' }

type Search = Promise<Record<string, string | string[] | undefined>>

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const { next, error } = await searchParams
  const { store } = await services()
  if (await isSetupOpen(store)) redirect('/setup')
  const destination = safeDestination(next)
  if (await currentPrincipal()) redirect(destination)
  const accounts = await demoAccounts()
  return (
    <AuthFrame
      title="Sign in"
      lead={accounts.length > 0 ? 'Choose a role to look around with, or use your own account.' : undefined}
    >
      <SignInForm
        destination={destination}
        demoAccounts={accounts}
        errorCode={typeof error === 'string' ? error : null}
        singleSignOn={env().oidc !== null}
      />
    </AuthFrame>
  )
}
