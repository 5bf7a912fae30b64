import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthFrame } from '@/components/account/auth-frame'
import { SignInForm } from '@/components/account/sign-in-form'
import { isSetupOpen } from '@/lib/access/setup'
import { currentPrincipal } from '@/lib/auth/current'
import { demoAccounts } from '@/lib/auth/demo-accounts'
import { services } from '@/lib/composition'

export const metadata: Metadata = { title: 'Sign in' }

type Search = Promise<Record<string, string | string[] | undefined>>

/** Only paths of this site are followed after signing in. */
function safeDestination(value: string | string[] | undefined): string {
  if (typeof value !== 'string') return '/'
  try {
    const url = new URL(value, 'http://here.invalid')
    const isOurs = value.startsWith('/') ? url.host === 'here.invalid' : false
    return isOurs ? `${url.pathname}${url.search}` : '/'
  } catch {
    return '/'
  }
}

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
      />
    </AuthFrame>
  )
}
