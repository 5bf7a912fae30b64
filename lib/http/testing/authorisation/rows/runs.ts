import { byRole, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  {
    call: 'POST /api/agent/runs',
    request: ({ organisation }) => ({ path: '/api/agent/runs', body: { message: 'Ask', orgId: organisation.id } }),
    answers: byRole({ viewer: 202, editor: 202, admin: 202, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs',
    about: 'in a session of the organisation',
    request: async (world) => {
      const { id: sessionId } = await world.session()
      return { path: '/api/agent/runs', body: { message: 'Ask', sessionId } }
    },
    answers: byRole({ viewer: 403, editor: 202, admin: 202, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs',
    about: 'in somebody’s private session',
    request: async (world) => {
      const { id: sessionId } = await world.session('private')
      return { path: '/api/agent/runs', body: { message: 'Ask', sessionId } }
    },
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 202, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs',
    about: 'in the place of a question',
    request: async (world) => {
      const { sessionId, runId } = await world.finishedRun()
      return { path: '/api/agent/runs', body: { message: 'Ask', sessionId, replaces: `usr_${runId}` } }
    },
    answers: byRole({ viewer: 403, editor: 202, admin: 202, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs',
    about: 'in the place of a question of somebody’s private session',
    request: async (world) => {
      const { sessionId, runId } = await world.finishedRun('private')
      return { path: '/api/agent/runs', body: { message: 'Ask', sessionId, replaces: `usr_${runId}` } }
    },
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 202, stranger: 404 }),
  },
  {
    call: 'GET /api/agent/runs/{id}',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.finishedRun()).runId}` }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/agent/runs/{id}',
    about: 'in somebody’s private session',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.finishedRun('private')).runId}` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/agent/runs/{id}/events',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.finishedRun()).runId}/events` }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/agent/runs/{id}/events',
    about: 'in somebody’s private session',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.finishedRun('private')).runId}/events` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs/{id}/cancel',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.heldRun()).runId}/cancel` }),
    answers: byRole({ viewer: 403, editor: 202, admin: 202, stranger: 404 }),
  },
  {
    call: 'GET /api/evidence/{id}',
    request: async (world) => ({ path: `/api/evidence/${(await world.finishedRun()).evidenceId}` }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'GET /api/evidence/{id}',
    about: 'of somebody’s private session',
    request: async (world) => ({ path: `/api/evidence/${(await world.finishedRun('private')).evidenceId}` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
]
