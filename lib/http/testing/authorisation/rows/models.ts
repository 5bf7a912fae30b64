import { adminOnly, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'
import { randomId } from '@/lib/ids'

const settings = () => ({ provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', model: `m-${randomId(8)}` })

async function model(world: AuthorisationWorld): Promise<string> {
  const created = await world.call<{ id: string }>('admin', 'POST', '/api/models/configs?org=acme', {
    ...settings(),
    enabled: false,
  })
  return `/api/models/configs/${created.id}`
}

const week = () => `from=${Date.now() - 7 * 86_400_000}&to=${Date.now()}`

export const rows: Row[] = [
  {
    call: 'GET /api/models/configs',
    request: () => ({ path: '/api/models/configs?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/models/configs',
    request: () => ({ path: '/api/models/configs?org=acme', body: { ...settings(), enabled: false } }),
    answers: adminOnly(201),
  },
  {
    call: 'GET /api/models/configs/{id}',
    request: async (world) => ({ path: await model(world) }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/models/configs/{id}',
    request: async (world) => ({ path: await model(world), body: { takesImages: true } }),
    answers: adminOnly(200),
  },
  {
    call: 'DELETE /api/models/configs/{id}',
    request: async (world) => ({ path: await model(world) }),
    answers: adminOnly(204),
  },
  {
    call: 'POST /api/models/test',
    request: () => ({ path: '/api/models/test?org=acme', body: { settings: settings() } }),
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/usage',
    request: () => ({ path: `/api/usage?org=acme&${week()}` }),
    answers: membersOnly(200),
  },
  { call: 'GET /api/budget', request: () => ({ path: '/api/budget?org=acme' }), answers: membersOnly(200) },
  {
    call: 'GET /api/settings/budget',
    request: () => ({ path: '/api/settings/budget?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/settings/budget',
    request: () => ({ path: '/api/settings/budget?org=acme', body: { warnUsd: 10 } }),
    answers: adminOnly(200),
  },
]
