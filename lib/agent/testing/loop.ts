import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Principal } from '@/lib/access/types'
import type { RunChunk, ToolOutput } from '@/lib/agent/events'
import { text } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import type { ModelRequest, Reply } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'

type Behaviour = Parameters<World['tools']['add']>[2]
export type Turn = (request: ModelRequest) => AsyncIterable<Reply> | Iterable<Reply>

export const read = { annotations: { readOnlyHint: true } }
const write = { annotations: { readOnlyHint: false, destructiveHint: false } }
const READING = ['meet', 'busy', 'fail', 'throw', 'large', 'secret', 'picture', 'filler']

/** The last turn of most. */
export const done: Turn = () => [{ text: 'Done.' }]

/** A process with tools and a model that the test speaks for, over all tests of a file; runs have four steps. */
export function setUpLoop() {
  let world: World
  let one: Instance
  /** What the tools do: they are listed once, so that no test waits for a new list. */
  const behaviour: Record<string, Behaviour> = {}

  beforeAll(async () => {
    world = await World.create({ stepsPerRun: 4 })
    world.tools.add('echo', read, ({ value }) => text(`echo ${value}`))
    for (const name of READING)
      world.tools.add(name, read, (...given) => behaviour[name]?.(...given) ?? text('nothing'))
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

  async function ask(turns: Turn[], options: { as?: Principal; sessionId?: string } = {}) {
    world.model.answerInTurn(...turns)
    const ctx = one.as(options.as ?? world.ada)
    const started = await startRun(ctx, { message: 'Why is it slow?', sessionId: options.sessionId })
    const events = await world.ended(one, started.runId)
    const run = await getRun(ctx, { runId: started.runId })
    return { ...started, ctx, events, run }
  }

  /** What the model read of its calls, as sent with its last request. */
  function results() {
    const last = world.model.requests.at(-1)
    expectValid(last)
    return (last?.body.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => String(content))
  }

  return {
    behaviour,
    ask,
    results,
    get world() {
      return world
    },
    get one() {
      return one
    },
  }
}

/** Every call that was sent is followed by its one result, in order; nothing empty was sent. */
export function expectValid(request: ModelRequest | undefined) {
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

/** What the calls answered, as the log has it. */
export const outputs = (events: RunChunk[]) =>
  events.flatMap((chunk) => (chunk.type === 'tool-output-available' ? [chunk.output as ToolOutput] : []))
