import { adminOnly, byRole, membersOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'
import { mcpServers } from '@/lib/mcp/config'
import { fingerprintOf } from '@/lib/mcp/fingerprint'

async function shopId({ services, organisation }: AuthorisationWorld): Promise<string> {
  const list = { index: 'all', group: 'all', order: 'ascending', limit: 10 } as const
  const { items } = await mcpServers.list(services.store, organisation.id, list)
  return items.find(({ body }) => body.name === 'shop')?.id ?? ''
}

const picture = fingerprintOf({
  toolName: 'picture',
  title: 'picture',
  description: '',
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
})

export const rows: Row[] = [
  {
    call: 'GET /api/tool-policy',
    request: () => ({ path: '/api/tool-policy?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/tool-policy',
    request: () => ({ path: '/api/tool-policy?org=acme', body: { matrix: { viewer: { read: 'auto' } } } }),
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/tool-policy/preview',
    request: () => ({ path: '/api/tool-policy/preview?org=acme&role=viewer' }),
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/mcp/servers/{id}/review',
    request: async (world) => ({ path: `/api/mcp/servers/${await shopId(world)}/review` }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/mcp/servers/{id}/review',
    request: async (world) => ({
      path: `/api/mcp/servers/${await shopId(world)}/review`,
      body: { tools: [{ toolName: 'picture', fingerprint: picture }] },
    }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/mcp/servers/{id}/review',
    about: 'for what is not a server',
    request: () => ({
      path: '/api/mcp/servers/datasources/review',
      body: { tools: [{ toolName: 'query', fingerprint: 'x' }] },
    }),
    answers: byRole({ viewer: 404, editor: 404, admin: 404, stranger: 404 }),
  },
  {
    call: 'GET /api/switches',
    request: () => ({ path: '/api/switches?org=acme' }),
    answers: membersOnly(200),
  },
  {
    call: 'PATCH /api/switches',
    request: () => ({ path: '/api/switches?org=acme', body: { kind: 'writes', off: false } }),
    answers: adminOnly(200),
  },
]
