import type { Metadata } from 'next'
import { AuthFrame } from '@/components/account/auth-frame'
import { ResetPasswordForm } from '@/components/account/reset-password-form'
import { UselessLink } from '@/components/account/useless-link'
import { readPasswordReset } from '@/lib/access/password-reset'
import { openPageContext, readLink } from '@/lib/auth/page-context'
import { guardGuesses } from '@/lib/auth/throttle'

export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'New password', robots: { index: false } }

export default async function ResetPage({ params }: { params: Promise<{ secret: string }> }) {
  const { secret } = await params
  const ctx = await openPageContext()
  const person = await readLink(() =>
    guardGuesses(ctx, { kind: 'password-reset' }, () => readPasswordReset(ctx, secret)),
  )
  if (typeof person === 'string') return <UselessLink throttled={person === 'throttled'} who="your administrator" />
  return (
    <AuthFrame title="A new password" lead={`For ${person.name}.`}>
      <ResetPasswordForm secret={secret} email={person.email} />
    </AuthFrame>
  )
}
