import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { GUESS_LIMITS, guardGuesses } from '@/lib/auth/throttle'
import { notFound } from '@/lib/errors'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const from = (address: string) => ({ services: world.services, origin: { address, requestId: 'r' } })
const wrong = async () => {
  throw notFound('link')
}

describe('guessing a secret', () => {
  it('ends with 429 and a time for an address, right or wrong, also when all guesses come at once', async () => {
    const guesses = await Promise.allSettled(
      Array.from({ length: GUESS_LIMITS.address + 3 }, () =>
        guardGuesses(from('192.0.2.1'), { kind: 'invitation' }, wrong),
      ),
    )
    const codes = guesses.map((guess) => (guess.status === 'rejected' ? guess.reason.code : 'right'))
    expect(codes.filter((code) => code === 'not_found')).toHaveLength(GUESS_LIMITS.address)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(3)
    const right = guardGuesses(from('192.0.2.1'), { kind: 'invitation' }, async () => 'in')
    await expect(right).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) })
    expect(await guardGuesses(from('192.0.2.2'), { kind: 'invitation' }, async () => 'in')).toBe('in')
    expect(await guardGuesses(from('192.0.2.1'), { kind: 'password-reset' }, async () => 'in')).toBe('in')
  })

  it('ends for the one whose secret it is, from wherever it comes', async () => {
    const guess = (index: number) =>
      guardGuesses(from(`198.51.100.${index}`), { kind: 'password', subject: 'user:ada' }, wrong)
    for (let index = 0; index < GUESS_LIMITS.subject; index += 1)
      await expect(guess(index)).rejects.toMatchObject({ code: 'not_found' })
    await expect(guess(99)).rejects.toMatchObject({ code: 'rate_limited' })
    const other = guardGuesses(from('198.51.100.1'), { kind: 'password', subject: 'user:eve' }, async () => 'in')
    expect(await other).toBe('in')
  })

  it('does not count who is right', async () => {
    for (let visit = 0; visit < GUESS_LIMITS.address + 2; visit += 1)
      expect(await guardGuesses(from('203.0.113.1'), { kind: 'setup' }, async () => visit)).toBe(visit)
  })
})
