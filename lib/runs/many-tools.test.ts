import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countTokens } from '@/lib/agent/tokens'
import { toolBudget } from '@/lib/agent/tool-shelf'
import { text } from '@/lib/mcp/testing/script'
import { startRun } from '@/lib/runs/start'
import { gate, type ModelRequest, type Reply } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'

const read = { annotations: { readOnlyHint: true } }
const GENERATED = 598

describe.each(STORES)('six hundred tools of a server, on %s', (store) => {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create({}, store)
    for (let n = 0; n < GENERATED; n += 1) {
      const inputSchema = {
        type: 'object' as const,
        properties: { region: { type: 'string' }, page: { type: 'integer' } },
      }
      world.tools.add(`report_${n}`, { ...read, description: `Reads report number ${n} of the archive.`, inputSchema })
    }
    world.tools.add('zz_restart_gateway', {
      annotations: { destructiveHint: false },
      description: 'Restarts the gateway.',
    })
    world.tools.add('zz_read_gateway', { ...read, description: 'Reads the state of the gateway.' }, () =>
      text('gateway is up'),
    )
    one = await world.process()
  })
  afterAll(() => world.close())
  beforeEach(() => {
    world.model.requests.length = 0
    world.tools.calls.length = 0
  })

  const offeredIn = (request: ModelRequest | undefined) => (request?.body.tools ?? []).map((tool) => tool.function.name)
  const systemOf = (request: ModelRequest | undefined) => String(request?.body.messages[0]?.content)
  const find = (query: string): Reply => ({ call: 'find_tools', arguments: JSON.stringify({ query }) })
  const gateway: Reply = { call: 'shop__zz_read_gateway', arguments: '{}' }

  it('are offered as far as they fit, the others are counted, found, offered and called', async () => {
    world.model.answerInTurn(
      () => [find('state of the gateway')],
      () => [gateway],
      () => [{ text: 'Up.' }],
    )
    const { runId } = await startRun(one.as(world.ada), { message: 'How are things?' })
    await world.ended(one, runId)
    const [first, second, third] = world.model.requests
    const offered = offeredIn(first).filter((name) => name.startsWith('shop__'))
    expect(offered.length).toBeGreaterThan(20)
    expect(offered).not.toContain('shop__zz_read_gateway')
    expect(await countTokens(JSON.stringify(first?.body.tools))).toBeLessThan(toolBudget(16_000) * 1.6)
    expect(systemOf(first)).toContain(`there are ${600 - offered.length} more (${600 - offered.length} on shop)`)
    expect(offeredIn(first)).toContain('find_tools')
    const result = second?.body.messages.find(({ role }) => role === 'tool')?.content
    expect(result).toMatch(/^\d+ of 600 tools match/)
    expect(result).toContain('## shop__zz_read_gateway')
    for (const request of [second, third]) expect(offeredIn(request)).toContain('shop__zz_read_gateway')
    // What was offered before stays: providers cache an unchanged beginning.
    expect(offered.filter((name) => !offeredIn(second).includes(name))).toEqual([])
    expect(world.tools.calls.map(({ tool }) => tool)).toEqual(['zz_read_gateway'])
  })

  it('are found only as far as the asker may use them', async () => {
    world.model.answerInTurn(
      () => [find('restart gateway')],
      () => [{ text: 'I may not.' }],
    )
    const { runId } = await startRun(one.as(world.vera), { message: 'Restart it' })
    await world.ended(one, runId)
    const result = String(world.model.requests[1]?.body.messages.find(({ role }) => role === 'tool')?.content)
    expect(result).toContain('of 599 tools')
    expect(result).not.toContain('restart_gateway')
  })

  it('stay found when another process takes the run over, and in the next turn', async () => {
    const victim = await world.process()
    const hold = gate()
    world.model.answerInTurn(
      () => [find('state of the gateway')],
      async function* () {
        yield { wait: hold.promise }
      },
      () => [gateway],
      () => [{ text: 'Up.' }],
      () => [{ text: 'Still up.' }],
    )
    const { runId, sessionId } = await startRun(victim.as(world.ada), { message: 'How are things?' })
    await expect.poll(() => world.model.requests.length).toBe(2)
    victim.kill()
    await world.lapse(runId)
    const heir = await world.process({ sweep: true })
    await world.ended(heir, runId)
    hold.open()
    expect(offeredIn(world.model.requests[2])).toContain('shop__zz_read_gateway')
    expect(offeredIn(world.model.requests[2])).toEqual(offeredIn(world.model.requests[1]))
    expect(world.tools.calls.map(({ tool }) => tool)).toEqual(['zz_read_gateway'])

    const next = await startRun(heir.as(world.ada), { message: 'And now?', sessionId })
    await world.ended(heir, next.runId)
    expect(offeredIn(world.model.requests.at(-1))).toContain('shop__zz_read_gateway')
  })
})
