import { byRole, everybody, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  {
    call: 'GET /api/health',
    request: () => ({ path: '/api/health' }),
    answers: everybody(200),
  },
  {
    call: 'GET /api/ready',
    request: () => ({ path: '/api/ready' }),
    answers: everybody(200),
  },
  {
    call: 'GET /api/metrics',
    about: 'without METRICS_TOKEN',
    request: () => ({ path: '/api/metrics' }),
    answers: everybody(404),
  },
  {
    call: 'GET /api/openapi.json',
    request: () => ({ path: '/api/openapi.json' }),
    answers: everybody(200),
  },
  {
    call: 'POST /api/setup',
    about: 'once there are users',
    request: () => ({
      path: '/api/setup',
      body: { code: 'x', email: 'mallory@evil.test', name: 'Mallory', password: 'long enough', organisation: 'Evil' },
    }),
    answers: everybody(404),
  },
  {
    call: 'GET /api/me',
    request: () => ({ path: '/api/me' }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 200 }),
  },
  {
    call: 'GET /api/mcp/tools',
    request: () => ({ path: '/api/mcp/tools?org=acme' }),
    answers: membersOnly(200),
  },
  {
    call: 'GET /api/models',
    request: () => ({ path: '/api/models?org=acme' }),
    answers: membersOnly(200),
  },
]
