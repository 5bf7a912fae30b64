import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthFrame } from '@/components/account/auth-frame'
import { SetupForm } from '@/components/account/setup-form'
import { isSetupOpen } from '@/lib/access/setup'
import { services } from '@/lib/composition'

/** Never at build time: the build has no store, and must not make one. */
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Set up' }

export default async function SetupPage() {
  const { store } = await services()
  if (!(await isSetupOpen(store))) redirect('/sign-in')
  return (
    <AuthFrame
      title="Set up Longwatch"
      lead="This server has no users yet. You become the administrator of its first organisation."
    >
      <SetupForm />
    </AuthFrame>
  )
}
