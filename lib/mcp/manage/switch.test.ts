import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { listSwitches, readSwitches } from '@/lib/access/tool-switches'
import { changeSwitch } from '@/lib/mcp/manage/change-switch'
import { Governed } from '@/lib/mcp/testing/governed'
import { Script } from '@/lib/mcp/testing/script'
import { listTools } from '@/lib/mcp/tools'

const world = new Governed()
const org = () => ({ organisationId: world.organisation.id })
beforeAll(() => world.open())
afterEach(async () => {
  for (const { target } of await readSwitches(world.store, world.organisation.id))
    await changeSwitch(world.admin, { ...org(), target, off: false, reason: '' })
  await world.reset()
})
afterAll(() => world.close())

async function serve() {
  const script = new Script()
    .add('query', { annotations: { readOnlyHint: true } })
    .add('silence', { annotations: { readOnlyHint: false, destructiveHint: false } })
    .add('mystery', {})
  const server = await world.start({ serve: () => script.serve() })
  const shop = await world.configure('shop', { url: server.url })
  await world.configure('other', { url: server.url })
  world.use(world.hub())
  return shop.id
}

const seen = async () => (await listTools(world.admin, world.organisation, 'admin', null)).tools.map(({ name }) => name)
const turn = (target: Parameters<typeof changeSwitch>[1]['target'], off = true, reason = '') =>
  changeSwitch(world.admin, { ...org(), target, off, reason })

describe('an emergency switch', () => {
  it('takes one tool, one server or everything that is not reading away from everybody, and gives it back', async () => {
    const serverId = await serve()
    const all = await seen()
    expect(all).toHaveLength(6)
    const tool = { kind: 'tool', serverId, toolName: 'query' } as const
    await turn(tool)
    expect(await seen()).toEqual(all.filter((name) => name !== 'shop__query'))
    await turn({ kind: 'server', serverId })
    expect(await seen()).toEqual(['other__mystery', 'other__query', 'other__silence'])
    await turn({ kind: 'writes' })
    expect(await seen()).toEqual(['other__query'])
    for (const target of [{ kind: 'writes' }, { kind: 'server', serverId }, tool] as const) await turn(target, false)
    expect(await seen()).toEqual(all)
  })

  it('says to everybody in the organisation who did it, when and why', async () => {
    await serve()
    await turn({ kind: 'writes' }, true, 'We are in an incident')
    const expected = [{ name: 'All writes', by: { name: 'ada' }, reason: 'We are in an incident' }]
    expect(await listSwitches(world.viewer, org())).toMatchObject(expected)
    await expect(listSwitches(world.stranger, org())).rejects.toMatchObject({ code: 'not_found' })
    const { notices, tools } = await world.admin.services.tools.catalogue(world.organisation, null)
    const sentence = /^Every tool that changes anything was switched off by the administrator ada at .* UTC: “We are in/
    expect(notices).toEqual([expect.stringMatching(sentence)])
    expect(tools.find(({ toolName }) => toolName === 'mystery')?.blocked?.message).toMatch(sentence)
  })

  it('is turned by admins only, keeps its first who and when, and is recorded', async () => {
    const serverId = await serve()
    const target = { kind: 'server', serverId } as const
    for (const ctx of [world.viewer, world.editor])
      await expect(changeSwitch(ctx, { ...org(), target, off: true, reason: '' })).rejects.toMatchObject({
        code: 'forbidden',
      })
    await expect(changeSwitch(world.stranger, { ...org(), target, off: true, reason: '' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const [first] = await turn(target, true, 'one')
    expect(await turn(target, true, 'two')).toEqual([first])
    await Promise.all([turn({ kind: 'writes' }), turn({ kind: 'tool', serverId, toolName: 'query' })])
    expect(await readSwitches(world.store, world.organisation.id)).toHaveLength(3)
    await turn(target, false)
    const { records } = await listAudit(world.admin, { ...org(), target: serverId, limit: 10 })
    expect(records.map(({ action, actor }) => [action, actor.name])).toEqual([
      ['tool-switch.on', 'ada'],
      ['tool-switch.off', 'ada'],
    ])
  })

  it('asks no server anything: one that hangs does not delay it; one that is not there is refused', async () => {
    const silent = await world.start({ serve: () => new Script().serve(), intercept: () => true })
    const { id } = await world.configure('hangs', { url: silent.url })
    world.use(world.hub())
    await turn({ kind: 'server', serverId: id })
    expect(silent.requests).toEqual([])
    await expect(turn({ kind: 'server', serverId: 'mcp_none' })).rejects.toMatchObject({
      code: 'bad_request',
      field: 'serverId',
    })
  })
})
