import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLES } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { Script } from '@/lib/mcp/testing/script'
import { listTools } from '@/lib/mcp/tools'

const harness = new Harness()
beforeAll(() => harness.open())
afterAll(() => harness.close())

describe('listTools', () => {
  it('offers a role what it may use, also what a person must approve of, and never what is hidden', async () => {
    const script = new Script()
      .add('query', { annotations: { readOnlyHint: true }, title: 'Query', description: 'Asks.' })
      .add('silence', { annotations: { destructiveHint: false } })
      .add('restart', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('shop', { url: server.url, tools: { restart: { policy: { editor: 'hidden' } } } })
    await harness.configure('dead', { url: 'http://127.0.0.1:9/mcp' })
    const ctx: Ctx = {
      services: { tools: harness.hub() } as Ctx['services'],
      principal: { kind: 'user', id: ada.id },
      requestId: 'r',
    }
    const offered = await Promise.all(ROLES.map((role) => listTools(ctx, harness.organisation, role, ada)))
    expect(offered.map(({ tools }) => tools.map(({ name }) => name))).toEqual([
      ['shop__query'],
      ['shop__query', 'shop__silence'],
      ['shop__query', 'shop__restart', 'shop__silence'],
    ])
    expect(offered[1]?.tools.map(({ policy }) => policy)).toEqual(['auto', 'ask'])
    expect(offered[0]).toEqual({
      tools: [
        {
          name: 'shop__query',
          server: 'shop',
          title: 'Query',
          description: 'Asks.',
          inputSchema: { type: 'object' },
          risk: 'read',
          policy: 'auto',
        },
      ],
      failures: [{ server: 'dead', message: expect.stringContaining('The server dead') }],
    })
  })
})
