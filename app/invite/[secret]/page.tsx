import type { Metadata } from 'next'
import { AcceptAsStranger, AcceptAsYourself } from '@/components/account/accept-invitation'
import { AuthFrame } from '@/components/account/auth-frame'
import { UselessLink } from '@/components/account/useless-link'
import { readInvitation } from '@/lib/access/invitations'
import { userOf } from '@/lib/access/users'
import { currentPrincipal } from '@/lib/auth/current'
import { openPageContext, readLink } from '@/lib/auth/page-context'
import { guardGuesses } from '@/lib/auth/throttle'
import { env } from '@/lib/env'

export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Invitation', robots: { index: false } }

export default async function InvitePage({ params }: { params: Promise<{ secret: string }> }) {
  const { secret } = await params
  const ctx = await openPageContext()
  const invitation = await readLink(() => guardGuesses(ctx, { kind: 'invitation' }, () => readInvitation(ctx, secret)))
  if (typeof invitation === 'string')
    return <UselessLink throttled={invitation === 'throttled'} who="whoever invited you" />
  const principal = await currentPrincipal()
  const user = principal && (await userOf(ctx.services.store, principal))
  const { organisation, role, email } = invitation
  return (
    <AuthFrame title={`Join ${organisation.name}`} lead={`You are invited as ${role}.`}>
      {user ? (
        <AcceptAsYourself secret={secret} email={email} user={{ name: user.name, email: user.email }} />
      ) : (
        <AcceptAsStranger secret={secret} email={email} singleSignOn={env().oidc !== null} />
      )}
    </AuthFrame>
  )
}
