import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { tokens } from '@/lib/access/collections'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { claimTokenHash, createToken, revokeToken } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import { provideServices } from '@/lib/composition'
import type { Ctx } from '@/lib/context'
import { handle } from '@/lib/http/handle'
import { defineOperation } from '@/lib/http/operation'
import { newResourceId } from '@/lib/ids'

const operation = defineOperation({
  method: 'POST',
  path: '/ahead',
  summary: 'Asks ahead',
  body: z.strictObject({ message: z.string() }),
  response: z.unknown(),
})

/** For whom was asked ahead, and what handlers were given. */
const asked: Principal[] = []
const given: unknown[] = []
const askAhead = ({ principal }: Ctx, { body }: { body: { message: string } }) => {
  asked.push(principal)
  return { asks: principal.id, message: body.message }
}
const route = handle(
  operation,
  async ({ principal }, _, ahead) => {
    given.push(ahead)
    return { principal: principal.id }
  },
  askAhead,
)

let world: World
let organisationId: string
beforeAll(async () => {
  world = await makeWorld()
  provideServices(world.services)
  organisationId = (await world.organisation('acme')).id
})
afterAll(() => world.end())
afterEach(() => {
  asked.length = 0
  given.length = 0
})

const post = (value: string, body: unknown = { message: 'hello' }) =>
  route(
    new Request('http://watch.test/ahead', {
      method: 'POST',
      headers: { authorization: `Bearer ${value}` },
      body: JSON.stringify(body),
    }),
    { params: Promise.resolve({}) },
  )

describe('asking ahead for who seems to ask', () => {
  it('begins with the second call of a token, and its answer is the handler’s', async () => {
    const { token, value } = await createToken(world.store, organisationId, { name: 'ci', role: 'viewer' })
    expect((await post(value)).status).toBe(200)
    expect(asked).toEqual([])
    expect(given).toEqual([null])
    expect((await post(value)).status).toBe(200)
    expect(asked).toEqual([{ kind: 'token', id: token.id, organisationId }])
    expect(given[1]).toEqual({ asks: token.id, message: 'hello' })
  })

  it('lets nobody in: a token that was revoked since is refused, and its handler not called', async () => {
    const { token, value } = await createToken(world.store, organisationId, { name: 'gone', role: 'viewer' })
    await post(value)
    await revokeToken(world.store, organisationId, token.id)
    given.length = 0
    expect((await post(value)).status).toBe(401)
    expect(given).toEqual([])
  })

  it('is for the principal that it was asked for, and for nobody else whose value it is now', async () => {
    const { token, value } = await createToken(world.store, organisationId, { name: 'first', role: 'viewer' })
    await post(value)
    asked.length = 0
    given.length = 0
    await revokeToken(world.store, organisationId, token.id)
    const other = { ...token, id: newResourceId('tok', organisationId), name: 'second', revokedAt: null }
    await claimTokenHash(world.store, organisationId, other)
    await world.store.commit({
      partition: organisationId,
      operationId: other.id,
      operations: [tokens.put(other.id, other)],
    })
    expect(await (await post(value)).json()).toEqual({ principal: other.id })
    expect(asked).toEqual([{ kind: 'token', id: token.id, organisationId }])
    expect(given).toEqual([null])
  })

  it('asks nothing for a body that is wrong, and says what is wrong with it to who may know', async () => {
    const { value } = await createToken(world.store, organisationId, { name: 'wrong', role: 'viewer' })
    await post(value)
    expect((await post(value, { message: 7 })).status).toBe(400)
    expect((await post('lw_nobody-has-a-token-like-this-one-here', { message: 7 })).status).toBe(401)
    expect(asked).toEqual([])
  })
})
