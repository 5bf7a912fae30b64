import { byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'

const PRIVATE = { viewer: 404, editor: 404, admin: 404, stranger: 404 }

export const rows: Row[] = [
  {
    call: 'GET /api/sessions',
    request: () => ({ path: '/api/sessions?org=acme' }),
    answers: membersOnly(200),
  },
  {
    call: 'POST /api/sessions',
    request: () => ({ path: '/api/sessions?org=acme', body: {} }),
    answers: membersOnly(201),
  },
  {
    call: 'DELETE /api/sessions',
    about: 'of one’s own',
    request: () => ({ path: '/api/sessions?org=acme' }),
    answers: membersOnly(204),
  },
  {
    call: 'GET /api/sessions/{id}',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}` }),
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/sessions/{id}',
    about: 'somebody’s private one',
    request: async (world) => ({ path: `/api/sessions/${(await world.session('private')).id}` }),
    answers: byRole({ ...PRIVATE, owner: 200 }),
  },
  {
    call: 'PATCH /api/sessions/{id}',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}`, body: { title: 'Another' } }),
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/sessions/{id}',
    about: 'an earlier version',
    request: async (world) => {
      const { sessionId, question } = await world.replacedQuestion()
      return { path: `/api/sessions/${sessionId}?branch=${question}` }
    },
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/sessions/{id}',
    about: 'an earlier version in somebody’s private one',
    request: async (world) => {
      const { sessionId, question } = await world.replacedQuestion('private')
      return { path: `/api/sessions/${sessionId}?branch=${question}` }
    },
    answers: byRole({ ...PRIVATE, owner: 200 }),
  },
  {
    call: 'PATCH /api/sessions/{id}',
    about: 'back to an earlier version',
    request: async (world) => {
      const { sessionId, question } = await world.replacedQuestion()
      return { path: `/api/sessions/${sessionId}`, body: { branch: question } }
    },
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'PATCH /api/sessions/{id}',
    about: 'who sees it',
    request: async (world) => ({
      path: `/api/sessions/${(await world.session()).id}`,
      body: { visibility: 'private' },
    }),
    answers: byRole({ viewer: 403, editor: 403, admin: 403, owner: 200, stranger: 404 }),
  },
  {
    call: 'DELETE /api/sessions/{id}',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}` }),
    answers: byRole({ viewer: 403, editor: 403, admin: 204, owner: 204, stranger: 404 }),
  },
  {
    call: 'DELETE /api/sessions/{id}',
    about: 'somebody’s private one',
    request: async (world) => ({ path: `/api/sessions/${(await world.session('private')).id}` }),
    answers: byRole({ ...PRIVATE, owner: 204 }),
  },
  {
    call: 'GET /api/sessions/current',
    request: () => ({ path: '/api/sessions/current?org=acme' }),
    answers: membersOnly(200),
  },
  {
    call: 'PUT /api/sessions/current',
    request: async (world) => ({
      path: '/api/sessions/current?org=acme',
      body: { sessionId: (await world.session()).id },
    }),
    answers: membersOnly(200),
  },
  {
    call: 'DELETE /api/sessions/current',
    request: () => ({ path: '/api/sessions/current?org=acme' }),
    answers: membersOnly(204),
  },
  {
    call: 'PATCH /api/sessions/{id}/queue/{itemId}',
    request: async (world) => {
      const { sessionId, queuedId } = await world.heldRun()
      return { path: `/api/sessions/${sessionId}/queue/${queuedId}`, body: { message: 'Rather this' } }
    },
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'POST /api/sessions/{id}/queue/{itemId}/now',
    request: async (world) => {
      const { sessionId, queuedId } = await world.heldRun()
      return { path: `/api/sessions/${sessionId}/queue/${queuedId}/now` }
    },
    answers: byRole({ viewer: 403, editor: 204, admin: 204, stranger: 404 }),
  },
  {
    call: 'DELETE /api/sessions/{id}/queue/{itemId}',
    request: async (world) => {
      const { sessionId, queuedId } = await world.heldRun()
      return { path: `/api/sessions/${sessionId}/queue/${queuedId}` }
    },
    answers: byRole({ viewer: 403, editor: 204, admin: 204, stranger: 404 }),
  },
  {
    call: 'POST /api/sessions/{id}/queue/resume',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}/queue/resume` }),
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/events',
    about: 'each watch is authorised in the stream',
    request: async (world) => ({ path: `/api/events?watch=session:${(await world.session('private')).id}` }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 200 }),
  },
  {
    call: 'PATCH /api/sessions/{id}/marks',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}/marks`, body: { pinned: true } }),
    answers: membersOnly(200),
  },
  {
    call: 'POST /api/sessions/{id}/trash',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}/trash` }),
    answers: byRole({ viewer: 403, editor: 403, admin: 200, owner: 200, stranger: 404 }),
  },
  {
    call: 'DELETE /api/sessions/{id}/trash',
    about: 'by others than who deleted it',
    request: async (world) => {
      const { id } = await world.session()
      await world.call('owner', 'POST', `/api/sessions/${id}/trash`)
      return { path: `/api/sessions/${id}/trash` }
    },
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 204, stranger: 404 }),
  },
]
