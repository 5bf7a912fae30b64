import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { type StartInput, startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, type STORES, World } from '@/lib/runs/testing/world'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { getSession } from '@/lib/sessions/get'

/** The words of a message. */
export const textOf = (message: { parts: { type: string }[] } | undefined) =>
  message?.parts.map((part) => ('text' in part ? part.text : '')).join('') ?? ''

/** A world where every answer names its question, over all tests of a describe: asked by Eddie, through one process. */
export function setUpThreads(store: (typeof STORES)[number]) {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create({}, store)
    one = await world.process()
    world.tools.add('look', { annotations: { readOnlyHint: true } }, () => ({
      content: [{ type: 'text', text: 'a secret figure: 42' }],
    }))
  })
  afterAll(() => world.close())
  beforeEach(() => {
    // Every answer names its question, so that a transcript tells by itself what belongs together.
    world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
  })

  const eddie = () => one.as(world.eddie)
  const begin = async (input: StartInput) => startRun(eddie(), input)
  const ask = async (message: string, sessionId?: string, more: Partial<StartInput> = {}) => {
    const started = await begin({ message, sessionId, ...more })
    await world.ended(one, started.runId)
    await expect.poll(async () => (await getSession(eddie(), started)).activeRunId).toBeNull()
    return { ...started, question: userMessageIdOf(started.runId) }
  }
  const thread = async (sessionId: string, more: { branch?: string; before?: string } = {}) =>
    (await getSession(eddie(), { sessionId, ...more })).messages.map(textOf)
  const versionsIn = async (sessionId: string) =>
    (await getSession(eddie(), { sessionId })).messages.map(({ metadata }) => metadata?.versions)
  /** What the model was given with its last request, without the system's words. */
  const given = () =>
    world.model.requests
      .at(-1)
      ?.body.messages.filter(({ role }) => role !== 'system')
      .map(({ content }) => content)
  /** A first question that is answered, and a second whose answer stands still in the middle. */
  const held = async () => {
    const hold = gate()
    const a = await ask('a')
    world.model.answer(async function* () {
      yield { text: 'Half of it' }
      yield { wait: hold.promise }
    })
    const b = await begin({ message: 'b', sessionId: a.sessionId })
    await expect.poll(async () => JSON.stringify(await world.log(one, b.runId))).toContain('Half')
    world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
    return { a, b, sessionId: a.sessionId, hold }
  }

  return {
    eddie,
    begin,
    ask,
    thread,
    versionsIn,
    given,
    held,
    get world() {
      return world
    },
    get one() {
      return one
    },
  }
}
