import { byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

/** A file of the owner's that was not sent. */
async function unsent(world: AuthorisationWorld): Promise<string> {
  return (await world.call<{ id: string }>('owner', 'POST', '/api/attachments?org=acme&name=a.log', 'a line')).id
}

async function sent(world: AuthorisationWorld, visibility: 'private' | 'organisation'): Promise<string> {
  const attachment = await unsent(world)
  const { id: sessionId } = await world.session(visibility)
  await world.call('owner', 'POST', '/api/agent/runs', { message: 'Look', sessionId, attachments: [attachment] })
  return attachment
}

export const rows: Row[] = [
  {
    call: 'POST /api/attachments',
    request: () => ({ path: '/api/attachments?org=acme&name=a.log', body: 'a line' }),
    answers: membersOnly(201),
  },
  {
    call: 'GET /api/attachments/{id}',
    request: async (world) => ({ path: `/api/attachments/${await sent(world, 'organisation')}` }),
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/attachments/{id}',
    about: 'of somebody’s private session',
    request: async (world) => ({ path: `/api/attachments/${await sent(world, 'private')}` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/attachments/{id}',
    about: 'that was not sent yet',
    request: async (world) => ({ path: `/api/attachments/${await unsent(world)}` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
  {
    call: 'DELETE /api/attachments/{id}',
    request: async (world) => ({ path: `/api/attachments/${await unsent(world)}` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 204, stranger: 404 }),
  },
  {
    call: 'DELETE /api/attachments/{id}',
    about: 'that was sent',
    request: async (world) => ({ path: `/api/attachments/${await sent(world, 'organisation')}` }),
    answers: byRole({ viewer: 409, editor: 409, admin: 409, owner: 409, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs',
    about: 'with somebody’s file that was not sent yet',
    request: async (world) => ({
      path: '/api/agent/runs',
      body: { message: 'Look', orgId: world.organisation.id, attachments: [await unsent(world)] },
    }),
    answers: byRole({ viewer: 400, editor: 400, admin: 400, owner: 202, stranger: 404 }),
  },
]
