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
  {
    call: 'GET /api/settings/prompts',
    request: () => ({ path: '/api/settings/prompts?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/settings/prompts',
    request: () => ({ path: '/api/settings/prompts?org=acme', body: { chat: 'You watch {{organisation}}.' } }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/settings/prompts/preview',
    request: () => ({ path: '/api/settings/prompts/preview?org=acme', body: { type: 'chat', role: 'viewer' } }),
    answers: adminOnly(200),
  },
]
