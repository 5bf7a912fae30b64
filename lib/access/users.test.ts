import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { membershipsOf } from '@/lib/access/memberships'
import { hashPassword, matchesPassword, passwordCost } from '@/lib/access/passwords'
import { isSetupOpen, offerSetup, setUp, slugOf } from '@/lib/access/setup'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { changePassword, createUser, findUser, isServerAdmin, userOf, verifyPassword } from '@/lib/access/users'
import { createLogger } from '@/lib/telemetry/logger'

const ordinaryCost = { ...passwordCost }
let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

/** The code as an operator reads it: off the log. */
async function codeFromLog(): Promise<string> {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line) => lines.push(line) })
  await offerSetup(world.store, logger)
  return JSON.parse(lines[0] ?? '{}').setupCode
}

describe('the set-up', () => {
  const input = { email: 'Root@acme.test', name: 'Root', password: 'correct horse', organisation: 'Ächme & Söhne' }

  it('wants the code from the log, works once, and then does not exist', async () => {
    expect(await isSetupOpen(world.store)).toBe(true)
    const older = await codeFromLog()
    const newer = await codeFromLog()
    expect(newer).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/)
    await expect(setUp(world.store, { ...input, code: 'wrong' })).rejects.toMatchObject({
      code: 'bad_request',
      field: 'code',
    })
    const attempts = await Promise.allSettled([
      setUp(world.store, { ...input, code: older }),
      setUp(world.store, { ...input, email: 'other@acme.test', code: newer.toUpperCase() }),
    ])
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const winner = attempts.find((attempt) => attempt.status === 'fulfilled')
    const { user, organisation } = winner?.status === 'fulfilled' ? winner.value : expect.fail()
    expect(organisation.slug).toBe('achme-sohne')
    expect(await isServerAdmin(world.store, { kind: 'user', id: user.id })).toBe(true)
    expect(await membershipsOf(world.store, { kind: 'user', id: user.id })).toMatchObject([{ role: 'admin' }])
    await expect(setUp(world.store, { ...input, code: newer })).rejects.toMatchObject({ code: 'not_found' })
    expect(await codeFromLog()).toBeUndefined()
  })

  it('makes a slug of any name', () => {
    expect([slugOf('日本'), slugOf('--A--'), slugOf('x'.repeat(90)).length]).toEqual(['main', 'a', 40])
  })
})

describe('users', () => {
  it('have one address each, whatever its case', async () => {
    const user = await createUser(world.store, { email: ' Eve@ACME.test', name: 'Eve', password: null })
    expect(user.email).toBe('eve@acme.test')
    await expect(createUser(world.store, { email: 'eve@acme.test', name: 'E', password: null })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await userOf(world.store, { kind: 'user', id: user.id })).toEqual({
      id: user.id,
      email: user.email,
      name: 'Eve',
    })
  })

  it('sign in with their own password only, and without one not at all', async () => {
    const { id } = await createUser(world.store, { email: 'kim@acme.test', name: 'Kim', password: 'correct horse' })
    expect((await verifyPassword(world.store, 'KIM@acme.test', 'correct horse'))?.id).toBe(id)
    for (const [email, password] of [
      ['kim@acme.test', 'Correct horse'],
      ['kim@acme.test', ''],
      ['nobody@acme.test', 'correct horse'],
      ['eve@acme.test', ''],
      ['kim@acme.test', 'x'.repeat(100_000)],
    ] as const)
      expect(await verifyPassword(world.store, email, password)).toBeNull()
    await changePassword(world.store, id, 'another horse')
    expect(await verifyPassword(world.store, 'kim@acme.test', 'correct horse')).toBeNull()
    expect((await findUser(world.store, id))?.body.sessionVersion).toBe(2)
    await expect(changePassword(world.store, id, 'short')).rejects.toMatchObject({ field: 'password' })
  })

  it('have salted passwords that keep their parameters', async () => {
    const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')])
    expect(one).not.toBe(two)
    Object.assign(passwordCost, ordinaryCost)
    expect(await hashPassword('same')).toMatch(/^scrypt\$15\$8\$3\$/)
    expect(await matchesPassword('same', one)).toBe(true)
    expect(await matchesPassword('other', one)).toBe(false)
  })
})
