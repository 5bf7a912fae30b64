import type { ReactNode } from 'react'
import { AppShell } from '@/components/sessions/app-shell'
import { loadWorkspace } from './load-workspace'

type Props = { params: Promise<{ slug: string }>; children: ReactNode }

export default async function OrganisationLayout({ params, children }: Props) {
  const { slug } = await params
  const workspace = await loadWorkspace(slug)
  return (
    <AppShell key={workspace.current.organisation.id} workspace={workspace}>
      {children}
    </AppShell>
  )
}
