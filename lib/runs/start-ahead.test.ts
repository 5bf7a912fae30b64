import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { members } from '@/lib/access/collections'
import { putMember } from '@/lib/access/organisations'
import { createToken, revokeToken } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import { updateUser } from '@/lib/access/users'
import { attachText } from '@/lib/attachments/testing'
import type { Ctx } from '@/lib/context'
import { StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { createToolHub } from '@/lib/mcp/hub'
import { createModelResolver } from '@/lib/models/resolve'
import type { ResolvedModel } from '@/lib/models/types'
import { type StartInput, startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { changeSession } from '@/lib/sessions/change'
import type { CommitInput, Store } from '@/lib/stores/contract'

let world: World
let one: Instance
let token: Principal & { kind: 'token' }

beforeAll(async () => {
  world = await World.create()
  world.tools.add('look', { annotations: { readOnlyHint: true } })
  one = await world.process()
  const made = await createToken(one.services.store, world.organisation.id, { name: 'ci', role: 'editor' })
  token = { kind: 'token', id: made.token.id, organisationId: world.organisation.id }
  world.model.answer(() => [{ text: 'Well.' }])
})
beforeEach(async () => {
  await one.supervisor.idle()
  world.model.requests.length = 0
})
afterAll(() => world.close())

const READS = ['get', 'getMany', 'list', 'readCounter'] as const
type Called = (call: () => Promise<unknown>) => Promise<unknown>

/** The store, with something done around what it reads and what it commits. */
function around(store: Store, { read, commit }: { read?: Called; commit?: (input: CommitInput) => Called }): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const call = (given: unknown[]) => () => value.apply(target, given) as Promise<unknown>
      if (read && READS.some((one) => one === name)) return (...given: unknown[]) => read(call(given))
      if (commit && name === 'commit') return (input: CommitInput) => commit(input)(call([input]))
      return value.bind(target)
    },
  })
}

/** Tells whenever the process asks a model of these tests anything, until the answer is called. */
function whenAsked({ services }: Instance, tell: () => void): () => void {
  const { models } = services
  const told = (model: ResolvedModel) => ({
    ...model,
    languageModel: new Proxy(model.languageModel, {
      get(target, name) {
        if (name === 'doStream') tell()
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
  })
  services.models = {
    ...models,
    read: async (id) => {
      const { choose } = await models.read(id)
      return { choose: (requested) => told(choose(requested)) }
    },
  }
  return () => {
    services.models = models
  }
}

const over = (ctx: Ctx, store: Store): Ctx => ({ ...ctx, services: { ...ctx.services, store } })
const REFUSED = { status: 'refused', operation: 0, reason: 'version', actual: 1 } as const
const isStart = ({ operationId }: CommitInput) => operationId.startsWith('start:')

/** As `ctx`, with models and tools that are read from this store too. */
function everythingOver(ctx: Ctx, store: Store): Ctx {
  const logger = pino({ level: 'silent' })
  const secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])
  const { outbound } = ctx.services
  const model = { provider: 'openai-compatible', baseUrl: world.model.url, model: 'test-model' } as const
  const rest = { apiKey: null, contextTokens: null, maxOutputTokens: null, takesImages: null }
  const models = createModelResolver({ store, secrets, outbound, logger, model: { ...model, ...rest } })
  return {
    ...ctx,
    services: { ...ctx.services, store, models, tools: createToolHub({ store, secrets, outbound, logger }) },
  }
}

describe('the reads of a start', () => {
  /** How often the store was waited for until the commit was sent. What is asked for side by side counts once. */
  async function turnsOf(principal: Principal, input: StartInput): Promise<number> {
    let turns = 0
    let before = -1
    let turn: Promise<void> | null = null
    // Longer than the turn of the event loop in which what nobody waits for is asked.
    const latency = async () => {
      for (let step = 0; step < 5; step += 1) await new Promise((resolve) => setImmediate(resolve))
      turns += 1
      turn = null
    }
    const store = around(one.services.store, {
      read: async (call) => {
        turn ??= latency()
        await turn
        return call()
      },
      commit: (commit) => (call) => {
        if (isStart(commit)) before = turns
        return call()
      },
    })
    const { runId } = await startRun(everythingOver(one.as(principal), store), input)
    await world.ended(one, runId)
    return before
  }

  it('are one turn where the request says for which organisation it is', async () => {
    const orgId = world.organisation.id
    expect(await turnsOf(token, { message: 'By a token' })).toBe(1)
    expect(await turnsOf(world.ada, { message: 'By a person', orgId, idempotencyKey: randomId(8) })).toBe(1)
    const { sessionId } = await startRun(one.as(world.ada), { message: 'First' })
    await one.supervisor.idle()
    expect(await turnsOf(world.ada, { message: 'In a session', sessionId, orgId })).toBe(1)
    expect(await turnsOf(world.ada, { message: 'In a session', sessionId, model: 'test-model' })).toBe(1)
  })

  it('begin with the memberships of a person who names no organisation, or one by its slug', async () => {
    expect(await turnsOf(world.ada, { message: 'Anywhere' })).toBe(3)
    expect(await turnsOf(world.ada, { message: 'By its slug', orgId: 'acme' })).toBe(3)
  })

  it('leave a stranger with the answer that there is nothing, whatever becomes of them', async () => {
    const { sessionId } = await startRun(one.as(world.ada), { message: 'Mine' })
    await one.supervisor.idle()
    const store = around(one.services.store, {
      read: async (call) => {
        const answer = await call()
        // Lists and counters are none of what says who may do what here.
        if (typeof answer === 'number' || Array.isArray(answer)) throw new StoreUnavailable()
        return answer
      },
    })
    const asked = everythingOver(one.as(world.stranger), store)
    const input = { message: 'Hi', sessionId, model: 'none', idempotencyKey: 'x'.repeat(300) }
    await expect(startRun(asked, input)).rejects.toMatchObject({ code: 'not_found' })
    // A rejection that nobody handles would fail this file.
    await new Promise((resolve) => setImmediate(resolve))
  })
})

describe('the first step', () => {
  it('is asked of the model behind the commit, before that is acknowledged, and once only', async () => {
    const { services } = one
    const { store } = services
    const order: string[] = []
    services.store = around(store, {
      commit: (commit) => async (call) => {
        if (!isStart(commit)) return call()
        order.push('sent')
        await expect.poll(() => world.model.requests.length).toBe(1)
        // As far as the model may come before the run is stored.
        await spoken.promise
        const result = await call()
        order.push('applied')
        return result
      },
    })
    const spoken = gate()
    const forget = whenAsked(one, () => order.push('asked'))
    world.model.answer(async function* () {
      yield { text: 'Well.' }
      spoken.open()
    })
    try {
      const { runId } = await startRun(one.as(world.ada), { message: 'At once', orgId: world.organisation.id })
      order.push('answered')
      const log = await world.ended(one, runId)
      // What comes behind asks for the title.
      expect(order.slice(0, 4)).toEqual(['sent', 'asked', 'applied', 'answered'])
      expect(log.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.delta] : []))).toEqual(['Well.'])
      expect(log.at(-1)?.type).toBe('finish')
      expect(world.model.requests).toHaveLength(1)
    } finally {
      forget()
      services.store = store
      world.model.answer(() => [{ text: 'Well.' }])
    }
  })

  it('has the files of its own question, which are the conversation’s only once the commit is applied', async () => {
    const ctx = one.as(world.ada)
    const { id } = await attachText(ctx, 'ERROR out of memory')
    const store = around(one.services.store, {
      commit: (commit) => async (call) => {
        if (isStart(commit))
          for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        return call()
      },
    })
    const { runId } = await startRun(over(ctx, store), { message: 'What is in it?', attachments: [id] })
    await world.ended(one, runId)
    expect(JSON.stringify(world.model.requests[0]?.body.messages)).toContain('ERROR out of memory')
  })

  /** How often a model was asked for anything. */
  function countAsked(instance: Instance): { asked: number; restore(): void } {
    const counting = { asked: 0, restore: () => {} }
    counting.restore = whenAsked(instance, () => {
      counting.asked += 1
    })
    return counting
  }
  const someTurns = async () => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  it('is thrown away when the commit is refused at once: no model is asked', async () => {
    const counting = countAsked(one)
    const store = around(one.services.store, {
      commit: (commit) => async (call) => (isStart(commit) ? REFUSED : call()),
    })
    try {
      const asked = over(one.as(world.ada), store)
      await expect(startRun(asked, { message: 'In vain' })).rejects.toMatchObject({ code: 'conflict' })
      await someTurns()
      expect(counting.asked).toBe(0)
    } finally {
      counting.restore()
    }
  })

  it('is not asked of the model where the asker has no place for another run', async () => {
    const limited = await World.create({ runsAtOncePerPrincipal: 1 })
    try {
      const process = await limited.process()
      const hold = gate()
      limited.model.answer(() => [{ text: 'Well' }, { wait: hold.promise }])
      await startRun(process.as(limited.ada), { message: 'One' })
      await expect.poll(() => limited.model.requests.length).toBe(1)
      const counting = countAsked(process)
      // As long as a store over a network takes.
      const slow = around(process.services.store, {
        commit: (commit) => async (call) => {
          const result = await call()
          if (isStart(commit)) await someTurns()
          return result
        },
      })
      const second = await startRun(over(process.as(limited.ada), slow), { message: 'Two' })
      expect(second.status).toBe('queued')
      await someTurns()
      expect(counting.asked).toBe(0)
      hold.open()
      expect((await limited.ended(process, second.runId)).at(-1)?.type).toBe('finish')
    } finally {
      await limited.close()
    }
  })

  it('gives up what was asked for it when the run ends before', async () => {
    const { supervisor } = one
    const { claim } = supervisor
    const ended = gate()
    supervisor.claim = (...given) => {
      const claimed = claim.apply(supervisor, given)
      return (
        claimed && {
          ...claimed,
          begin(made, ...rest) {
            const { opening } = made
            const failing = { ready: Promise.reject(new Error('lost')), end: () => ended.open() }
            opening.end()
            claimed.begin({ ...made, opening: failing }, ...rest)
          },
        }
      )
    }
    try {
      const { runId } = await startRun(one.as(world.ada), { message: 'Hi', orgId: world.organisation.id })
      await ended.promise
      expect((await world.ended(one, runId)).at(-1)?.type).toBe('error')
    } finally {
      supervisor.claim = claim
    }
  })

  describe('that was asked already', () => {
    const never = gate().promise
    beforeEach(() => world.model.answer(() => [{ text: 'Well' }, { wait: never }]))
    afterAll(() => world.model.answer(() => [{ text: 'Well.' }]))

    const whileAsked = (instance: Instance, then: Called) =>
      around(instance.services.store, {
        commit: (commit) => async (call) => {
          if (!isStart(commit)) return call()
          // Only the first attempt asks.
          await expect.poll(() => world.model.requests.length).toBe(1)
          return then(call)
        },
      })
    const allGivenUp = () =>
      expect.poll(() => world.model.requests.length > 0 && world.model.requests.every(({ wasAborted }) => wasAborted))

    it('is given up when the commit is refused', async () => {
      const asked = over(
        one.as(world.ada),
        whileAsked(one, async () => REFUSED),
      )
      await expect(startRun(asked, { message: 'In vain' })).rejects.toMatchObject({ code: 'conflict' })
      await allGivenUp().toBe(true)
    })

    it('is given up when the store cannot say what became of the commit', async () => {
      const failing = whileAsked(one, () => Promise.reject(new StoreUnavailable()))
      await expect(startRun(over(one.as(world.ada), failing), { message: 'Hi' })).rejects.toMatchObject({
        code: 'unavailable',
      })
      await allGivenUp().toBe(true)
    })

    it('is given up when the process begins to hand its runs over meanwhile', async () => {
      const leaving = await world.process()
      const store = whileAsked(leaving, (call) => {
        void leaving.supervisor.drain()
        return call()
      })
      const { runId } = await startRun(over(leaving.as(world.ada), store), { message: 'Hi' })
      await allGivenUp().toBe(true)
      world.model.answer(() => [{ text: 'Well.' }])
      one.supervisor.execute(world.organisation.id, runId)
      expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
    })
  })
})

describe('rights that end right before the request', () => {
  const orgId = () => world.organisation.id

  /** Refused as if nothing had been asked for ahead: nothing is committed, and no model asked. */
  async function expectRefused(principal: Principal, input: StartInput, code: string) {
    let commits = 0
    const store = around(one.services.store, {
      commit: () => (call) => {
        commits += 1
        return call()
      },
    })
    await expect(startRun(over(one.as(principal), store), input)).rejects.toMatchObject({ code })
    expect(commits).toBe(0)
    expect(world.model.requests).toEqual([])
  }

  it('are a membership that was taken away', async () => {
    const { store } = one.services
    const { sessionId } = await startRun(one.as(world.eddie), { message: 'As a member', orgId: orgId() })
    await one.supervisor.idle()
    world.model.requests.length = 0
    await store.commit({ partition: orgId(), operationId: randomId(12), operations: [members.delete(world.eddie.id)] })
    await expectRefused(world.eddie, { message: 'Hi', orgId: orgId() }, 'not_found')
    await expectRefused(world.eddie, { message: 'Hi', sessionId }, 'not_found')
    await expectRefused(world.eddie, { message: 'Hi' }, 'forbidden')
    await putMember(store, orgId(), { userId: world.eddie.id, role: 'editor' })
  })

  it('are a role that may only read where it is not one’s own', async () => {
    const { store } = one.services
    const { sessionId } = await startRun(one.as(world.ada), { message: 'For all' })
    await one.supervisor.idle()
    await changeSession(one.as(world.ada), { sessionId, visibility: 'organisation' })
    world.model.requests.length = 0
    await putMember(store, orgId(), { userId: world.eddie.id, role: 'viewer' })
    await expectRefused(world.eddie, { message: 'Hi', sessionId }, 'forbidden')
  })

  it('are a user who was disabled, and a token that was revoked', async () => {
    const { store } = one.services
    await updateUser(store, world.vera.id, (user) => ({ ...user, disabled: true }))
    await expectRefused(world.vera, { message: 'Hi', orgId: orgId() }, 'not_found')
    await revokeToken(store, orgId(), token.id)
    await expectRefused(token, { message: 'Hi' }, 'forbidden')
  })
})
