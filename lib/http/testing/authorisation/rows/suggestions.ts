import { membersOnly, type Row } from '@/lib/http/testing/authorisation/row'

export const rows: Row[] = [
  { call: 'GET /api/suggestions', request: () => ({ path: '/api/suggestions?org=acme' }), answers: membersOnly(200) },
]
