import { adminOnly, type Row } from '@/lib/http/testing/authorisation/row'
import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'
import { randomId } from '@/lib/ids'

const settings = () => ({ name: `s-${randomId(12)}`, transport: 'streamable-http', url: 'http://127.0.0.1:9/mcp' })

async function server(world: AuthorisationWorld): Promise<string> {
  const { id } = await world.call<{ id: string }>('admin', 'POST', '/api/mcp/servers?org=acme', {
    ...settings(),
    enabled: false,
  })
  return `/api/mcp/servers/${id}`
}

export const rows: Row[] = [
  {
    call: 'GET /api/mcp/servers',
    request: () => ({ path: '/api/mcp/servers?org=acme' }),
    answers: adminOnly(200),
  },
  {
    call: 'POST /api/mcp/servers',
    request: () => ({ path: '/api/mcp/servers?org=acme', body: { ...settings(), enabled: false } }),
    answers: adminOnly(201),
  },
  {
    call: 'POST /api/mcp/servers/test',
    request: () => {
      const { transport, url } = settings()
      return { path: '/api/mcp/servers/test?org=acme', body: { transport, url } }
    },
    answers: adminOnly(200),
  },
  {
    call: 'GET /api/mcp/servers/{id}',
    request: async (world) => ({ path: await server(world) }),
    answers: adminOnly(200),
  },
  {
    call: 'PATCH /api/mcp/servers/{id}',
    request: async (world) => ({ path: await server(world), body: { enabled: false } }),
    answers: adminOnly(200),
  },
  {
    call: 'DELETE /api/mcp/servers/{id}',
    request: async (world) => ({ path: await server(world) }),
    answers: adminOnly(204),
  },
  {
    call: 'POST /api/mcp/servers/{id}/test',
    request: async (world) => ({ path: `${await server(world)}/test` }),
    answers: adminOnly(200),
  },
]
