import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { AuthFrame } from '@/components/account/auth-frame'
import { SignOutButton } from '@/components/account/sign-out-button'
import { CreateOrganisationForm } from '@/components/sessions/create-organisation'
import { LAST_ORGANISATION_COOKIE } from '@/components/sessions/last-organisation'
import { membershipsOf } from '@/lib/access/memberships'
import { isServerAdmin } from '@/lib/access/users'
import { currentPrincipal } from '@/lib/auth/current'
import { services } from '@/lib/composition'

/** Never at build time: the build has no store, and must not make one. */
export const dynamic = 'force-dynamic'

export default async function HomePage() {
  const principal = await currentPrincipal()
  if (!principal) redirect('/sign-in')
  const { store } = await services()
  const memberships = await membershipsOf(store, principal)
  const last = (await cookies()).get(LAST_ORGANISATION_COOKIE)?.value
  const chosen = memberships.find(({ organisation }) => organisation.slug === last) ?? memberships[0]
  if (chosen) redirect(`/o/${chosen.organisation.slug}`)
  if (await isServerAdmin(store, principal))
    return (
      <AuthFrame
        title="A new organisation"
        lead="You are in none yet. Create one: it begins empty, and you are its admin."
      >
        <CreateOrganisationForm />
        <div className="mt-6">
          <SignOutButton />
        </div>
      </AuthFrame>
    )
  return (
    <AuthFrame
      title="No organisation yet"
      lead="You are signed in, but not a member of any organisation. Ask an administrator to add you."
    >
      <SignOutButton />
    </AuthFrame>
  )
}
