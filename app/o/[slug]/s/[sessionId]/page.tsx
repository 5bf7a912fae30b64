import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { loadWorkspace } from '@/app/o/[slug]/load-workspace'
import { ChatArea } from '@/components/chat/chat-area'
import { sessionPath } from '@/components/sessions/paths'
import { currentPrincipal } from '@/lib/auth/current'
import { services } from '@/lib/composition'
import { LongwatchError } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'

type Props = { params: Promise<{ slug: string; sessionId: string }> }

/** The session, for whoever may see it; for everybody else it does not exist. */
const load = cache(async (sessionId: string) => {
  const principal = await currentPrincipal()
  if (!principal) return null
  try {
    return (await findSession({ services: await services(), principal, requestId: randomId(16) }, sessionId)).session
      .body
  } catch (error) {
    if (error instanceof LongwatchError && error.code === 'not_found') return null
    throw error
  }
})

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const session = await load((await params).sessionId)
  return { title: session?.title || 'Session' }
}

export default async function SessionPage({ params }: Props) {
  const { slug, sessionId } = await params
  const workspace = await loadWorkspace(slug)
  const session = await load(sessionId)
  if (!session) notFound()
  if (session.organisationId !== workspace.current.organisation.id) {
    const own = workspace.memberships.find(({ organisation }) => organisation.id === session.organisationId)
    if (!own) notFound()
    redirect(sessionPath(own.organisation.slug, sessionId))
  }
  return <ChatArea />
}
