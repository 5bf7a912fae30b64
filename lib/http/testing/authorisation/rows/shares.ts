import { byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

const forever = { expiresIn: null }

async function asked(world: AuthorisationWorld): Promise<string> {
  const body = { message: 'How is it?', orgId: 'acme' }
  const { sessionId } = await world.call<{ sessionId: string }>('owner', 'POST', '/api/agent/runs', body)
  await world.call('owner', 'PATCH', `/api/sessions/${sessionId}`, { visibility: 'organisation' })
  return sessionId
}

async function shared(world: AuthorisationWorld): Promise<string> {
  const path = `/api/sessions/${await asked(world)}/shares`
  return (await world.call<{ shareId: string }>('owner', 'POST', path, forever)).shareId
}

export const rows: Row[] = [
  {
    call: 'POST /api/sessions/{id}/shares',
    request: async (world) => ({ path: `/api/sessions/${await asked(world)}/shares`, body: forever }),
    answers: byRole({ viewer: 403, editor: 201, admin: 201, stranger: 404 }),
  },
  {
    call: 'GET /api/sessions/{id}/shares',
    request: async (world) => ({ path: `/api/sessions/${await asked(world)}/shares` }),
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/shares/{id}',
    request: async (world) => ({ path: `/api/shares/${await shared(world)}` }),
    answers: membersOnly(200),
  },
  {
    call: 'DELETE /api/shares/{id}',
    request: async (world) => ({ path: `/api/shares/${await shared(world)}` }),
    answers: byRole({ viewer: 403, editor: 403, admin: 204, owner: 204, stranger: 404 }),
  },
  {
    call: 'GET /api/sessions/{id}/export',
    request: async (world) => ({ path: `/api/sessions/${await asked(world)}/export` }),
    answers: membersOnly(200),
  },
]
