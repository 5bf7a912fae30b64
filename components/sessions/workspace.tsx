'use client'

import { createContext, type ReactNode, use } from 'react'
import type { Role } from '@/lib/access/types'

export interface WorkspaceMembership {
  organisation: { id: string; slug: string; name: string }
  role: Role
}

/** Who works, and where. Established by the server for the page; every call is checked again there. */
export interface Workspace {
  /** `serverAdmin`: may create organisations. */
  user: { id: string; name: string; email: string; serverAdmin: boolean }
  current: WorkspaceMembership
  memberships: WorkspaceMembership[]
  /** Accounts are offered and examples shown. */
  demo: boolean
}

const WorkspaceContext = createContext<Workspace | null>(null)

export function WorkspaceProvider({ workspace, children }: { workspace: Workspace; children: ReactNode }) {
  return <WorkspaceContext value={workspace}>{children}</WorkspaceContext>
}

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext)
  if (!workspace) throw new Error('A workspace is needed around this component.')
  return workspace
}
