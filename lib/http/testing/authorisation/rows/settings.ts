import { adminOnly, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  {
    call: 'GET /api/settings/general',
    request: () => ({ path: '/api/settings/general?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/settings/general',
    request: () => ({ path: '/api/settings/general?org=acme', body: { limits: { stepsPerRun: 49 } } }),
    answers: adminOnly(200),
  },
]
