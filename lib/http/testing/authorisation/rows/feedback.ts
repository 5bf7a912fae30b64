import { adminOnly, byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'

const good = { rating: 'up', comment: 'Just what I needed' }

export const rows: Row[] = [
  {
    call: 'PUT /api/sessions/{id}/messages/{messageId}/feedback',
    request: async (world) => {
      const { sessionId, runId } = await world.finishedRun()
      return { path: `/api/sessions/${sessionId}/messages/msg_${runId}/feedback`, body: good }
    },
    answers: membersOnly(200),
  },
  {
    call: 'PUT /api/sessions/{id}/messages/{messageId}/feedback',
    about: 'in somebody’s private session',
    request: async (world) => {
      const { sessionId, runId } = await world.finishedRun('private')
      return { path: `/api/sessions/${sessionId}/messages/msg_${runId}/feedback`, body: good }
    },
    answers: byRole({ viewer: 404, editor: 404, admin: 404, stranger: 404, owner: 200 }),
  },
  {
    call: 'GET /api/sessions/{id}/feedback',
    request: async (world) => ({ path: `/api/sessions/${(await world.session()).id}/feedback` }),
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/feedback',
    request: () => ({ path: '/api/feedback?org=acme' }),
    answers: adminOnly(200),
  },
]
