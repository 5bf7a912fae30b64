import { randomUUID } from 'node:crypto'
import { putMember } from '@/lib/access/organisations'
import { createToken } from '@/lib/access/tokens'
import { createUser } from '@/lib/access/users'
import { encodeSession } from '@/lib/auth/session'
import { type Actor, adminOnly, byRole, everybody, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

/** Somebody new in the organisation, with a password. */
async function member(world: AuthorisationWorld): Promise<string> {
  const { store } = world.services
  const email = `${randomUUID()}@people.test`
  const { id } = await createUser(store, { email, name: 'Max', password: 'correct horse' })
  await putMember(store, world.organisation.id, { userId: id, role: 'viewer' })
  return id
}

const invitation = (world: AuthorisationWorld) =>
  world.call<{ invitation: { id: string }; url: string }>('admin', 'POST', '/api/invitations?org=acme', {
    role: 'viewer',
  })

/** The sign-in of somebody new, for what would change one of the table's own people. */
async function somebodyNew(world: AuthorisationWorld, actor: Actor): Promise<Record<string, string>> {
  if (!(actor in world.people)) return {}
  const { id } = await createUser(world.services.store, {
    email: `${randomUUID()}@people.test`,
    name: 'Nora',
    password: null,
  })
  return { cookie: `next-auth.session-token=${await encodeSession({ id, sessionVersion: 1 })}` }
}

const NO_PERSON = { viewer: 404, editor: 404, admin: 404, stranger: 404 }

export const rows: Row[] = [
  {
    call: 'GET /api/members',
    request: () => ({ path: '/api/members?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/members/{userId}',
    request: async (world) => ({ path: `/api/members/${await member(world)}?org=acme`, body: { role: 'editor' } }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/members/{userId}',
    about: 'to make oneself an admin',
    request: (world, actor) => ({
      path: `/api/members/${actor in world.people ? world.people[actor as 'viewer'].id : 'usr_x'}?org=acme`,
      body: { role: 'admin' },
    }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/members/{userId}',
    about: 'of somebody who is in another organisation only',
    request: (world) => ({ path: `/api/members/${world.people.stranger.id}?org=acme`, body: { role: 'viewer' } }),
    answers: adminOnly(404),
  },
  {
    call: 'DELETE /api/members/{userId}',
    request: async (world) => ({ path: `/api/members/${await member(world)}?org=acme` }),
    answers: adminOnly(204),
  },
  {
    call: 'POST /api/members/{userId}/password-reset',
    request: async (world) => ({ path: `/api/members/${await member(world)}/password-reset?org=acme` }),
    answers: adminOnly(201),
  },
  {
    call: 'POST /api/members/{userId}/password-reset',
    about: 'of somebody in another organisation',
    request: (world) => ({ path: `/api/members/${world.people.stranger.id}/password-reset?org=acme` }),
    answers: adminOnly(404),
  },
  {
    call: 'POST /api/password-reset',
    about: 'with a link that was never made',
    request: () => ({
      path: '/api/password-reset',
      body: { secret: `rst_x.${'x'.repeat(43)}`, password: 'correct horse' },
    }),
    answers: everybody(404),
  },
  {
    call: 'GET /api/invitations',
    request: () => ({ path: '/api/invitations?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/invitations',
    request: () => ({ path: '/api/invitations?org=acme', body: { role: 'viewer' } }),
    answers: adminOnly(201),
  },
  {
    call: 'DELETE /api/invitations/{id}',
    request: async (world) => ({ path: `/api/invitations/${(await invitation(world)).invitation.id}` }),
    answers: adminOnly(204),
  },
  {
    call: 'POST /api/invitations/accept',
    about: 'with a link that was never made',
    request: () => ({ path: '/api/invitations/accept', body: { secret: `inv_x.${'x'.repeat(43)}` } }),
    answers: { ...byRole(NO_PERSON), nobody: 404 },
  },
  {
    call: 'POST /api/invitations/accept',
    about: 'by members, by somebody new, and without an account',
    request: async (world, actor) => ({
      path: '/api/invitations/accept',
      body: { secret: (await invitation(world)).url.split('/').at(-1) },
      headers: actor === 'stranger' ? await somebodyNew(world, actor) : {},
    }),
    answers: { ...byRole({ viewer: 409, editor: 409, admin: 409, stranger: 201 }), nobody: 400 },
  },
  {
    call: 'POST /api/organisations',
    about: 'by people who are no server administrators',
    request: () => ({ path: '/api/organisations', body: { name: 'Another' } }),
    answers: byRole({ viewer: 403, editor: 403, admin: 403, stranger: 403 }),
  },
  {
    call: 'GET /api/profile',
    request: () => ({ path: '/api/profile' }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 200 }),
  },
  {
    call: 'PATCH /api/profile',
    request: () => ({ path: '/api/profile', body: { name: 'Another' } }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 200 }),
  },
  {
    call: 'POST /api/profile/password',
    about: 'by people who have none',
    request: () => ({ path: '/api/profile/password', body: { current: 'x', password: 'correct horse' } }),
    answers: byRole({ viewer: 409, editor: 409, admin: 409, stranger: 409 }),
  },
  {
    call: 'GET /api/tokens',
    request: () => ({ path: '/api/tokens?org=acme' }),
    answers: membersOnly(200),
  },
  {
    call: 'POST /api/tokens',
    about: 'of a viewer’s role',
    request: () => ({ path: '/api/tokens?org=acme', body: { name: 'ci', role: 'viewer', expiresInDays: 1 } }),
    answers: membersOnly(201),
  },
  {
    call: 'POST /api/tokens',
    about: 'of an admin’s role',
    request: () => ({ path: '/api/tokens?org=acme', body: { name: 'ci', role: 'admin', expiresInDays: 1 } }),
    answers: byRole({ viewer: 400, editor: 400, admin: 201, stranger: 404 }),
  },
  {
    call: 'DELETE /api/tokens/{id}',
    request: async (world) => {
      const creator = { name: 'ci', role: 'viewer', createdBy: world.people.owner.id } as const
      return {
        path: `/api/tokens/${(await createToken(world.services.store, world.organisation.id, creator)).token.id}`,
      }
    },
    answers: byRole({ viewer: 403, editor: 403, admin: 204, owner: 204, stranger: 404 }),
  },
  {
    call: 'POST /api/profile/sign-out-everywhere',
    request: async (world, actor) => ({
      path: '/api/profile/sign-out-everywhere',
      headers: await somebodyNew(world, actor),
    }),
    answers: byRole({ viewer: 204, editor: 204, admin: 204, stranger: 204 }),
  },
]
