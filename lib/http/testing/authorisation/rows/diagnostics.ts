import { adminOnly, byRole, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  {
    call: 'GET /api/diagnostics',
    request: () => ({ path: '/api/diagnostics?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/diagnostics/model',
    request: () => ({ path: '/api/diagnostics/model?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/diagnostics/stream',
    request: () => ({ path: '/api/diagnostics/stream' }),
    answers: byRole({ viewer: 200, editor: 200, admin: 200, stranger: 200 }),
  },
]
