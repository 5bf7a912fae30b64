import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { putMember, removeMember } from '@/lib/access/organisations'
import { done, expectValid, outputs, read, setUpLoop } from '@/lib/agent/testing/loop'
import { text } from '@/lib/mcp/testing/script'
import { startRun } from '@/lib/runs/start'
import { gate, type Reply } from '@/lib/runs/testing/model-server'
import { World } from '@/lib/runs/testing/world'
import { getSession } from '@/lib/sessions/get'

const loop = setUpLoop()
const { ask, behaviour, results } = loop

describe('calls', () => {
  it('that do not depend on each other run at the same time', async () => {
    const both = gate()
    let running = 0
    behaviour.meet = async () => {
      running += 1
      if (running === 2) both.open()
      await both.promise
      return text('met')
    }
    const { run } = await ask([
      () => [
        { call: 'shop__meet', arguments: '{}' },
        { call: 'shop__meet', arguments: '{}' },
      ],
      done,
    ])
    expect(run.status).toBe('completed')
    expect(results()).toEqual(['met', 'met'])
  })

  it('tell their progress, at a pace that a person can follow', async () => {
    behaviour.busy = async (_, { progress }) => {
      for (let step = 0; step < 100; step += 1) await progress(step, `step ${step}`)
      return text('ready')
    }
    const { events } = await ask([() => [{ call: 'shop__busy', arguments: '{}' }], done])
    const told = events.filter((chunk) => chunk.type === 'data-tool-progress' && chunk.data.status === 'running')
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(20)
    expect(told[0]).toMatchObject({ data: { message: 'step 0', total: 100 } })
  })

  it('of the same id in one answer, or in two, are told apart', async () => {
    const call = (value: number): Reply => ({ call: 'shop__echo', arguments: `{"value":${value}}`, id: 'same' })
    await ask([() => [call(1)], () => [call(2)], done])
    expect(results()).toEqual(['echo 1', 'echo 2'])
    const ids = loop.world.model.requests.at(-1)?.body.messages.flatMap(({ tool_call_id }) => tool_call_id ?? [])
    expect(new Set(ids).size).toBe(2)
  })

  it.each<[string, Reply[], RegExp]>([
    ['an unknown name', [{ call: 'shop__nothing', arguments: '{}' }], /no tool named shop__nothing/],
    ['arguments that break the schema', [{ call: 'shop__strict', arguments: '{"count":"x"}' }], /do not fit.*count/],
    ['arguments that are no object', [{ call: 'shop__strict', arguments: '[1]' }], /one JSON object/],
    ['arguments that are no JSON', [{ call: 'shop__strict', arguments: '{count' }], /not valid JSON/],
    [
      'arguments cut off by the token limit',
      [{ call: 'shop__strict', arguments: '{"count": 1' }, { finish: 'length' }],
      /cut off/,
    ],
    ['arguments that are endless', [{ call: 'shop__strict', arguments: `{"x":"${'y'.repeat(200_000)}"}` }], /too long/],
  ])('with %s come back as results, are not made, and leave a valid history', async (_, replies, problem) => {
    const { run, ctx, sessionId } = await ask([() => replies, done])
    expect(run.status).toBe('completed')
    expect(results()).toHaveLength(1)
    expect(results()[0]).toMatch(problem)
    expect(loop.world.tools.calls).toHaveLength(0)
    await ask([done], { sessionId })
    expectValid(loop.world.model.requests.at(-1))
    const { messages } = await getSession(ctx, { sessionId })
    expect(messages[1]?.parts).toContainEqual(expect.objectContaining({ type: 'dynamic-tool', state: 'output-error' }))
  })

  it('that fail on their server come back with what the tool said', async () => {
    behaviour.fail = (): CallToolResult => ({ ...text('no such host: db7'), isError: true })
    behaviour.throw = () => Promise.reject(new Error('broken inside'))
    await ask([
      () => [
        { call: 'shop__fail', arguments: '{}' },
        { call: 'shop__throw', arguments: '{}' },
      ],
      done,
    ])
    expect(results()[0]).toContain('no such host: db7')
    expect(results()[1]).toContain('broken inside')
  })

  it('to a server that goes down come back as failures, and the next step says what is away', async () => {
    const down = await World.create()
    try {
      down.tools.add('die', read, async () => {
        setImmediate(() => void down.toolServer.close())
        return new Promise(() => {})
      })
      const instance = await down.process({ leaseMilliseconds: 6_000 })
      down.model.answerInTurn(() => [{ call: 'shop__die', arguments: '{}' }], done)
      const { runId } = await startRun(instance.as(down.ada), { message: 'x' })
      const events = await down.ended(instance, runId)
      expect(events.at(-1)?.type).toBe('finish')
      expect(events.map(({ type }) => type)).toContain('tool-output-error')
      expectValid(down.model.requests.at(-1))
    } finally {
      await down.close()
    }
  })
})

describe('results', () => {
  it('are evidence as a whole; log and model get at most 32 KiB and where the rest is', async () => {
    const whole = `${'größe '.repeat(20_000)}needle at the end`
    behaviour.large = () => text(whole)
    const { events } = await ask([
      () => [{ call: 'shop__large', arguments: '{}' }],
      () => [{ call: 'read_evidence', arguments: JSON.stringify({ evidenceId: evidenceId(), search: 'NEEDLE' }) }],
      () => [
        { call: 'read_evidence', arguments: JSON.stringify({ evidenceId: evidenceId(), offset: 3, limit: 1 }) },
        { call: 'read_evidence', arguments: JSON.stringify({ evidenceId: 'ev_nothing' }) },
      ],
      done,
    ])
    const [output] = outputs(events)
    expect(output?.truncated).toBe(true)
    expect(output?.bytes).toBe(Buffer.byteLength(whole))
    expect(Buffer.byteLength(output?.preview ?? '')).toBeLessThanOrEqual(32 * 1024)
    expect(whole.startsWith(output?.preview ?? 'x')).toBe(true)
    const [first, found, page, unknown] = results()
    expect(first).toContain(`evidenceId "${output?.evidenceId}"`)
    expect(found).toContain('needle at the end')
    // Byte 3 lies inside the "ö".
    expect(page).toMatch(/from byte 4 to byte \d+\]\nß/)
    expect(unknown).toContain('no evidence "ev_nothing"')
  })

  const evidenceId = () =>
    /evidenceId "([^"]+)"/.exec(JSON.stringify(loop.world.model.requests.at(-1)?.body).replaceAll('\\"', '"'))?.[1]

  it('of another session cannot be read', async () => {
    behaviour.secret = () => text('s'.repeat(40_000))
    const other = await ask([() => [{ call: 'shop__secret', arguments: '{}' }], done], { as: loop.world.eddie })
    const id = outputs(other.events)[0]?.evidenceId
    await ask([() => [{ call: 'read_evidence', arguments: JSON.stringify({ evidenceId: id }) }], done])
    expect(results()).toEqual([expect.stringContaining('There is no evidence')])
  })

  it('that are images are kept, named to the model, and not read as text', async () => {
    behaviour.picture = () => ({
      content: [{ type: 'image', mimeType: 'image/png', data: Buffer.from('picture').toString('base64') }],
      structuredContent: { rows: 1 },
    })
    await ask([
      () => [{ call: 'shop__picture', arguments: '{}' }],
      () => {
        const id = /image\/png, 7 bytes: evidence (ev_\w+)/.exec(results()[0] ?? '')?.[1]
        return [{ call: 'read_evidence', arguments: JSON.stringify({ evidenceId: id }) }]
      },
      done,
    ])
    expect(results()[0]).toContain('{"rows":1}')
    expect(results()[1]).toContain('not text')
  })
})

describe('permission', () => {
  it('hides from the model what the asker may not use, and refuses it when it is called all the same', async () => {
    await ask([() => [{ call: 'shop__restart', arguments: '{}' }], done], { as: loop.world.vera })
    const offered = loop.world.model.requests[0]?.body.tools?.map((tool) => tool.function.name)
    expect(offered).toContain('shop__echo')
    expect(offered).not.toContain('shop__restart')
    expect(results()[0]).toContain('not permitted')
    expect(loop.world.tools.calls).toHaveLength(0)
  })

  it('is decided at the call, with the role as it is then', async () => {
    const role = (name: 'editor' | 'viewer') =>
      putMember(loop.one.services.store, loop.world.organisation.id, { userId: loop.world.eddie.id, role: name })
    try {
      await ask(
        [
          async function* () {
            yield { text: 'I will restart it. ' }
            await role('viewer')
            yield { call: 'shop__restart', arguments: '{}' }
          },
          done,
        ],
        { as: loop.world.eddie },
      )
      expect(loop.world.model.requests[0]?.body.tools?.map((tool) => tool.function.name)).toContain('shop__restart')
      expect(results()[0]).toContain('not permitted for the asker’s role'.replace('’', "'"))
      expect(loop.world.tools.calls).toHaveLength(0)
    } finally {
      await role('editor')
    }
  })

  it('ends with the membership: no call is made, and the run fails', async () => {
    const { run } = await ask(
      [
        async function* () {
          yield { text: 'Looking. ' }
          await removeMember(loop.one.services.store, loop.world.organisation.id, loop.world.vera.id)
          yield { call: 'shop__echo', arguments: '{"value":1}' }
        },
        done,
      ],
      { as: loop.world.vera },
    ).catch(async (error) => {
      // Vera may no longer read her own run.
      expect(error).toMatchObject({ code: 'not_found' })
      return { run: null }
    })
    expect(run).toBeNull()
    expect(loop.world.tools.calls).toHaveLength(0)
    expect(loop.world.model.requests).toHaveLength(1)
    await putMember(loop.one.services.store, loop.world.organisation.id, { userId: loop.world.vera.id, role: 'viewer' })
  })
})
