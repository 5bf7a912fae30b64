import { describe, expect, it } from 'vitest'
import { sessionIdOfPath, sessionPath } from '@/components/sessions/paths'
import { rightsIn } from '@/components/sessions/permissions'
import type { Workspace } from '@/components/sessions/workspace'

it('finds the session in a path, under a base path too', () => {
  expect(sessionIdOfPath(sessionPath('acme', 'ses_1'))).toBe('ses_1')
  expect(sessionIdOfPath('/base/o/acme/s/ses_1/')).toBe('ses_1')
  expect(sessionIdOfPath('/o/acme')).toBeNull()
  expect(sessionIdOfPath('/o/acme/settings')).toBeNull()
})

describe('rightsIn', () => {
  const session = (owner: string, visibility: 'private' | 'organisation') => ({
    id: 'ses_1',
    title: '',
    visibility,
    createdAt: 0,
    updatedAt: 0,
    messageCount: 0,
    activeRunId: null,
    owner,
  })
  const workspace = (role: 'viewer' | 'editor'): Pick<Workspace, 'user' | 'current'> => ({
    user: { id: 'me', name: 'Me', email: '', serverAdmin: false },
    current: { organisation: { id: 'o', slug: 'o', name: 'O' }, role },
  })

  it('lets the owner act, whatever the role', () => {
    expect(rightsIn(session('user:me', 'private'), workspace('viewer'))).toEqual({ isOwner: true, mayAct: true })
  })

  it("lets editors act in the organisation's sessions, and viewers read", () => {
    expect(rightsIn(session('user:other', 'organisation'), workspace('editor')).mayAct).toBe(true)
    expect(rightsIn(session('user:other', 'organisation'), workspace('viewer')).mayAct).toBe(false)
  })

  it('offers nothing before the session is known', () => {
    expect(rightsIn(null, workspace('editor'))).toEqual({ isOwner: false, mayAct: false })
  })
})
