import { adminOnly, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  {
    call: 'GET /api/audit',
    request: () => ({ path: '/api/audit?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/audit/export',
    request: () => ({ path: '/api/audit/export?org=acme' }),
    answers: adminOnly(200),
  },
]
