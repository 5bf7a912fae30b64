import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ConnectionPool } from '@/lib/mcp/connect'
import { request } from '@/lib/mcp/request'
import { storedEntry } from '@/lib/mcp/target'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { Script, text } from '@/lib/mcp/testing/script'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

describe('request', () => {
  it('is not kept alive by progress beyond its hard deadline', async () => {
    const script = new Script().add('forever', {}, async (_, { progress, signal }) => {
      for (let n = 1; !signal.aborted; n++) {
        await progress(n)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return text('never')
    })
    const server = await harness.start({ serve: () => script.serve() })
    const stored = await harness.configure('srv', { url: server.url })
    const pool = new ConnectionPool({
      maxResponseBytes: 1_000_000,
      idleMilliseconds: 60_000,
      logger: harness.logger,
      onStale: () => {},
    })
    const target = storedEntry({ id: stored.id, version: 1, body: stored }, harness).target({
      organisation: harness.organisation,
      user: ada,
    })
    const onProgress = vi.fn()
    const began = Date.now()
    const answer = pool.use(target, null, (connection) =>
      request(
        connection,
        { method: 'tools/call', params: { name: 'forever' } },
        { timeout: 60_000, hardTimeout: 1_500, signal: null, onProgress },
      ),
    )
    await expect(answer).rejects.toMatchObject({ kind: 'timeout', unsent: false })
    expect(Date.now() - began).toBeLessThan(7_500)
    expect(onProgress).toHaveBeenCalled()
    await vi.waitFor(() => expect(script.aborted).toEqual(['forever']))
    await pool.close()
  })
})
