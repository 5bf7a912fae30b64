import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { putMember, removeMember } from '@/lib/access/organisations'
import type { Principal } from '@/lib/access/types'
import type { RunChunk, ToolOutput } from '@/lib/agent/events'
import { text, untilCancelled } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate, type ModelRequest, type Reply } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { getSession } from '@/lib/sessions/get'

let world: World
let one: Instance
const read = { annotations: { readOnlyHint: true } }
const write = { annotations: { readOnlyHint: false, destructiveHint: false } }
type Behaviour = Parameters<World['tools']['add']>[2]
/** What the tools do: they are listed once, so that no test waits for a new list. */
const behaviour: Record<string, Behaviour> = {}
const READING = ['meet', 'busy', 'fail', 'throw', 'large', 'secret', 'picture', 'filler']

beforeAll(async () => {
  world = await World.create({ stepsPerRun: 4 })
  world.tools.add('echo', read, ({ value }) => text(`echo ${value}`))
  for (const name of READING) world.tools.add(name, read, (...given) => behaviour[name]?.(...given) ?? text('nothing'))
  world.tools.add('restart', write)
  world.tools.add('strict', {
    ...read,
    inputSchema: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
  })
  one = await world.process({ leaseMilliseconds: 6_000 })
})
afterAll(() => world.close())
beforeEach(() => {
  world.model.requests.length = 0
  world.tools.calls.length = 0
})

type Turn = (request: ModelRequest) => AsyncIterable<Reply> | Iterable<Reply>

async function ask(turns: Turn[], options: { as?: Principal; sessionId?: string } = {}) {
  world.model.answerInTurn(...turns)
  const ctx = one.as(options.as ?? world.ada)
  const started = await startRun(ctx, { message: 'Why is it slow?', sessionId: options.sessionId })
  const events = await world.ended(one, started.runId)
  const run = await getRun(ctx, { runId: started.runId })
  return { ...started, ctx, events, run }
}

const done: Turn = () => [{ text: 'Done.' }]

/** Every call that was sent is followed by its one result, in order; nothing empty was sent. */
function expectValid(request: ModelRequest | undefined) {
  const messages = request?.body.messages ?? []
  for (const [index, message] of messages.entries()) {
    const calls = (message.tool_calls ?? []) as { id: string; function: { arguments: string } }[]
    for (const [at, call] of calls.entries()) {
      expect(messages[index + 1 + at]).toMatchObject({ role: 'tool', tool_call_id: call.id })
      expect(typeof JSON.parse(call.function.arguments)).toBe('object')
    }
    if (message.role === 'assistant' && calls.length === 0) expect(message.content).toBeTruthy()
    if (message.role === 'tool') expect(message.content).toBeTruthy()
  }
}

/** What the model read of its calls, as sent with its last request. */
function results() {
  const last = world.model.requests.at(-1)
  expectValid(last)
  return (last?.body.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => String(content))
}

const outputs = (events: RunChunk[]) =>
  events.flatMap((chunk) => (chunk.type === 'tool-output-available' ? [chunk.output as ToolOutput] : []))

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
    const ids = world.model.requests.at(-1)?.body.messages.flatMap(({ tool_call_id }) => tool_call_id ?? [])
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
    expect(world.tools.calls).toHaveLength(0)
    await ask([done], { sessionId })
    expectValid(world.model.requests.at(-1))
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
    /evidenceId "([^"]+)"/.exec(JSON.stringify(world.model.requests.at(-1)?.body).replaceAll('\\"', '"'))?.[1]

  it('of another session cannot be read', async () => {
    behaviour.secret = () => text('s'.repeat(40_000))
    const other = await ask([() => [{ call: 'shop__secret', arguments: '{}' }], done], { as: world.eddie })
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

describe('limits', () => {
  it('near the last step the model is told to conclude, and at the last it must', async () => {
    const call: Turn = () => [{ call: 'shop__echo', arguments: '{"value":1}' }]
    const { run, events } = await ask([
      call,
      call,
      call,
      () => [{ text: 'What I have.' }, { call: 'x', arguments: '{}' }],
    ])
    const told = world.model.requests.map(({ body }) => JSON.stringify(body.messages.at(-1)).includes('Conclude now'))
    expect(told).toEqual([false, false, true, true])
    expect(world.model.requests.map(({ body }) => body.tool_choice)).toEqual(['auto', 'auto', 'auto', 'none'])
    expect(run).toMatchObject({ status: 'completed', steps: 4 })
    expect(events.filter(({ type }) => type === 'tool-input-available')).toHaveLength(3)
  })

  it('of time end the run in mid-text and in a call, and keep what there is', async () => {
    const quick = await World.create({ minutesPerRun: 0.01 })
    try {
      quick.tools.add('hang', read, untilCancelled)
      const instance = await quick.process({ leaseMilliseconds: 6_000 })
      const never = gate()
      const ctx = instance.as(quick.ada)
      quick.model.answer(async function* () {
        yield { text: 'Partial.' }
        yield { wait: never.promise }
      })
      const first = await startRun(ctx, { message: 'x' })
      expect((await quick.ended(instance, first.runId)).at(-1)?.type).toBe('error')
      expect(await getRun(ctx, { runId: first.runId })).toMatchObject({ error: { code: 'time_limit' } })
      const { messages } = await getSession(ctx, { sessionId: first.sessionId })
      expect(messages.at(-1)).toMatchObject({ role: 'assistant', metadata: { error: { code: 'time_limit' } } })
      expect(JSON.stringify(messages.at(-1))).toContain('Partial.')
      quick.model.answer(() => [{ call: 'shop__hang', arguments: '{}' }])
      const second = await startRun(ctx, { message: 'x' })
      await quick.ended(instance, second.runId)
      expect(await getRun(ctx, { runId: second.runId })).toMatchObject({ error: { code: 'time_limit' } })
      expect(quick.tools.aborted).toEqual(['hang'])
      never.open()
    } finally {
      await quick.close()
    }
  })
})

describe('a model', () => {
  it('that answers 500 is called again while nothing was shown, and nothing of its words is told', async () => {
    const { run, events } = await ask([() => [{ status: 500 }], done])
    expect(run.status).toBe('completed')
    expect(world.model.requests).toHaveLength(2)
    expect(JSON.stringify(events)).not.toContain('secret upstream words')
  })

  it('that breaks off after some text is not called again: the run fails and keeps the text', async () => {
    const ctx = one.as(world.ada)
    const shown = gate()
    world.model.answer(async function* () {
      yield { text: 'Half an ans' }
      yield { wait: shown.promise }
      yield { destroy: true }
    })
    const { runId, sessionId } = await startRun(ctx, { message: 'x' })
    await expect.poll(async () => JSON.stringify(await world.log(one, runId))).toContain('Half an ans')
    shown.open()
    await world.ended(one, runId)
    const run = await getRun(ctx, { runId })
    expect(run).toMatchObject({ status: 'failed', error: { code: 'model_interrupted' } })
    expect(world.model.requests).toHaveLength(1)
    const { messages } = await getSession(ctx, { sessionId })
    expect(messages.at(-1)?.parts).toContainEqual(expect.objectContaining({ text: 'Half an ans', state: 'done' }))
  })

  it('that answers nothing fails the run, and no empty message is stored or sent again', async () => {
    const first = await ask([() => [{ reasoning: 'Hm.' }, { text: '  ' }]])
    expect(first.run).toMatchObject({ status: 'failed', error: { code: 'model_empty' } })
    const { messages } = await getSession(first.ctx, { sessionId: first.sessionId })
    expect(messages).toMatchObject([{ role: 'user', metadata: { status: 'failed' } }])
    await ask([done], { sessionId: first.sessionId })
    expectValid(world.model.requests.at(-1))
    expect(world.model.requests.at(-1)?.body.messages.some(({ role }) => role === 'assistant')).toBe(false)
  })

  it('is paid for every step, and its name is known while it answers', async () => {
    const { run, events } = await ask([() => [{ call: 'shop__echo', arguments: '{"value":1}' }], done])
    expect(run.usage).toMatchObject({ inputTokens: 200, outputTokens: 40 })
    expect(run.model).toBe('test-model')
    expect(events.slice(0, 4)).toContainEqual({ type: 'message-metadata', messageMetadata: { model: 'test-model' } })
  })

  it('gets the same beginning in every step, its reasoning only within the run', async () => {
    const { sessionId, ctx, events } = await ask([
      () => [{ reasoning: 'private thought' }, { text: 'Looking. ' }, { call: 'shop__echo', arguments: '{"value":1}' }],
      done,
    ])
    const [first, second] = world.model.requests
    expect(second?.body.messages[0]).toEqual(first?.body.messages[0])
    expect(JSON.stringify(second?.body.messages)).toContain('private thought')
    expect(JSON.stringify(events)).toContain('private thought')
    const { messages } = await getSession(ctx, { sessionId })
    expect(JSON.stringify(messages)).not.toContain('private thought')
    await ask([done], { sessionId })
    expect(JSON.stringify(world.model.requests.at(-1)?.body)).not.toContain('private thought')
  })
})

describe('permission', () => {
  it('hides from the model what the asker may not use, and refuses it when it is called all the same', async () => {
    await ask([() => [{ call: 'shop__restart', arguments: '{}' }], done], { as: world.vera })
    const offered = world.model.requests[0]?.body.tools?.map((tool) => tool.function.name)
    expect(offered).toContain('shop__echo')
    expect(offered).not.toContain('shop__restart')
    expect(results()[0]).toContain('not permitted')
    expect(world.tools.calls).toHaveLength(0)
  })

  it('is decided at the call, with the role as it is then', async () => {
    const role = (name: 'editor' | 'viewer') =>
      putMember(one.services.store, world.organisation.id, { userId: world.eddie.id, role: name })
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
        { as: world.eddie },
      )
      expect(world.model.requests[0]?.body.tools?.map((tool) => tool.function.name)).toContain('shop__restart')
      expect(results()[0]).toContain('not permitted for the asker’s role'.replace('’', "'"))
      expect(world.tools.calls).toHaveLength(0)
    } finally {
      await role('editor')
    }
  })

  it('ends with the membership: no call is made, and the run fails', async () => {
    const { run } = await ask(
      [
        async function* () {
          yield { text: 'Looking. ' }
          await removeMember(one.services.store, world.organisation.id, world.vera.id)
          yield { call: 'shop__echo', arguments: '{"value":1}' }
        },
        done,
      ],
      { as: world.vera },
    ).catch(async (error) => {
      // Vera may no longer read her own run.
      expect(error).toMatchObject({ code: 'not_found' })
      return { run: null }
    })
    expect(run).toBeNull()
    expect(world.tools.calls).toHaveLength(0)
    expect(world.model.requests).toHaveLength(1)
    await putMember(one.services.store, world.organisation.id, { userId: world.vera.id, role: 'viewer' })
  })
})

describe('the context', () => {
  it('that was cut is told in the log', async () => {
    const filler = Array.from({ length: 6_000 }, (_, index) => `word${index}`).join(' ')
    behaviour.filler = () => text(filler)
    const call: Turn = () => [{ call: 'shop__filler', arguments: '{}' }]
    const { events, run } = await ask([call, call, done])
    expect(run.status).toBe('completed')
    const cut = events.filter((chunk) => chunk.type === 'data-context')
    expect(cut.length).toBeGreaterThan(0)
    expect(cut.at(-1)).toMatchObject({ data: { shrunkResults: expect.any(Number) } })
    const shrunk = results().find((result) => result.includes('shrunk'))
    // The line names the evidence although the whole preview had fitted.
    expect(shrunk).toContain(`evidenceId "${outputs(events)[0]?.evidenceId}"`)
  })
})
