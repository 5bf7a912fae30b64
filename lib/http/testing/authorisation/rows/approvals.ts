import { byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

const decision = (world: AuthorisationWorld, tool: 'write' | 'destroy', visibility?: 'private') =>
  world.askingRun(tool, visibility).then(({ runId, approvalId }) => ({
    path: `/api/agent/runs/${runId}/approvals/${approvalId}`,
    body: { decision: 'reject' },
  }))

export const rows: Row[] = [
  {
    call: 'GET /api/approvals',
    request: ({ organisation }) => ({ path: `/api/approvals?org=${organisation.id}` }),
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/agent/runs',
    request: ({ organisation }) => ({ path: `/api/agent/runs?org=${organisation.id}` }),
    answers: membersOnly(200),
  },
  {
    call: 'POST /api/agent/runs/{id}/approvals/{approvalId}',
    about: 'of a call that writes',
    request: (world) => decision(world, 'write'),
    answers: byRole({ viewer: 403, editor: 200, admin: 200, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs/{id}/approvals/{approvalId}',
    about: 'of a call that destroys',
    request: (world) => decision(world, 'destroy'),
    answers: byRole({ viewer: 403, editor: 403, admin: 200, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs/{id}/approvals/{approvalId}',
    about: 'in somebody’s private session',
    request: (world) => decision(world, 'destroy', 'private'),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, owner: 200, stranger: 404 }),
  },
  {
    call: 'POST /api/agent/runs/{id}/cancel',
    about: 'in somebody’s private session',
    request: async (world) => ({ path: `/api/agent/runs/${(await world.heldRun('private')).runId}/cancel` }),
    answers: byRole({ viewer: 404, editor: 404, admin: 202, owner: 202, stranger: 404 }),
  },
]
