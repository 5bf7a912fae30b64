import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { loadWorkspace } from '@/app/o/[slug]/load-workspace'
import { SharedHeader } from '@/components/sharing/shared-header'
import { SharedThread } from '@/components/sharing/shared-thread'
import { currentPrincipal } from '@/lib/auth/current'
import { services } from '@/lib/composition'
import { LongwatchError } from '@/lib/errors'
import { organisationOf, randomId } from '@/lib/ids'
import { getShare } from '@/lib/sessions/shares/read'

export const metadata: Metadata = { title: 'Shared session' }

export default async function SharedPage({ params }: { params: Promise<{ slug: string; shareId: string }> }) {
  const { slug, shareId } = await params
  const workspace = await loadWorkspace(slug)
  if (organisationOf('shr', shareId) !== workspace.current.organisation.id) notFound()
  const principal = await currentPrincipal()
  if (!principal) redirect(`/sign-in?next=${encodeURIComponent(`/o/${slug}/shared/${shareId}`)}`)
  const ctx = { services: await services(), principal, requestId: randomId(16) }
  const shared = await getShare(ctx, { shareId }).catch((error: unknown) => {
    if (error instanceof LongwatchError && error.code === 'not_found') notFound()
    throw error
  })
  return (
    <>
      <SharedHeader title={shared.title} createdAt={shared.createdAt} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <SharedThread shared={shared} />
      </div>
    </>
  )
}
