import { afterEach, describe, expect, it, vi } from 'vitest'
import { gate } from '@/lib/runs/testing/model-server'
import { STORES } from '@/lib/runs/testing/world'
import { sessions } from '@/lib/sessions/collection'
import { getSession } from '@/lib/sessions/get'
import { pathOf } from '@/lib/sessions/threads/collection'
import { readBackwards, readNewest } from '@/lib/sessions/threads/read'
import { setUpThreads, textOf } from '@/lib/sessions/threads/testing'

describe.each(STORES)('a session that is read over %s', (kind) => {
  const here = setUpThreads(kind)
  const { eddie, ask, begin } = here

  afterEach(() => vi.restoreAllMocks())

  /** The next read of a session waits for the gate; and the collections that were listed since, in their order. */
  function holdSession() {
    const { store } = here.one.services
    const hold = gate()
    const get = store.get.bind(store)
    let held = false
    vi.spyOn(store, 'get').mockImplementation(async (...asked) => {
      if (asked[1] === sessions.name && !held) {
        held = true
        await hold.promise
      }
      return get(...asked)
    })
    const list = vi.spyOn(store, 'list')
    return { hold, list, asked: () => list.mock.calls.map(([{ collection }]) => collection).sort() }
  }

  it('has its messages and its queue read meanwhile, and nothing else behind it', async () => {
    const { sessionId } = await ask('a')
    const { hold, asked } = holdSession()
    const reading = getSession(eddie(), { sessionId })
    await expect.poll(asked).toEqual(['messages', 'runs'])
    hold.open()
    expect((await reading).messages.map(textOf)).toEqual(['a', 'About a'])
    expect(asked()).toEqual(['messages', 'runs'])
  })

  it('is shown with all messages that it says it has, also when more came than were read meanwhile', async () => {
    const { sessionId } = await ask('a')
    const { hold, asked } = holdSession()
    const reading = getSession(eddie(), { sessionId })
    await expect.poll(asked).toEqual(['messages', 'runs'])
    await ask('b', sessionId)
    hold.open()
    expect((await reading).messages.map(textOf)).toEqual(['a', 'About a', 'b', 'About b'])
  })

  it('does not show a run as queued that began meanwhile', async () => {
    const { sessionId, hold: first } = await here.held()
    const next = await begin({ message: 'next', sessionId })
    expect((await getSession(eddie(), { sessionId })).queue.map(({ id }) => id)).toEqual([next.runId])
    const { hold, asked } = holdSession()
    const reading = getSession(eddie(), { sessionId })
    await expect.poll(asked).toEqual(['messages', 'runs'])
    const second = gate()
    here.world.model.answer(() => [{ wait: second.promise }, { text: 'Well.' }])
    first.open()
    await expect.poll(async () => (await getSession(eddie(), { sessionId })).activeRunId).toBe(next.runId)
    hold.open()
    expect(await reading).toMatchObject({ activeRunId: next.runId, queue: [] })
    second.open()
    await here.world.ended(here.one, next.runId)
  })

  it('is not there for strangers, whatever becomes of what was read meanwhile', async () => {
    const { sessionId } = await ask('a')
    const { hold, list } = holdSession()
    list.mockRejectedValue(new Error('not for you'))
    hold.open()
    for (const who of [here.world.stranger, here.world.vera]) {
      const reading = getSession(here.one.as(who), { sessionId })
      await expect(reading).rejects.toMatchObject({ code: 'not_found' })
    }
    await expect(getSession(eddie(), { sessionId })).rejects.toThrow('not for you')
  })

  it('has the same pages, however many of its newest messages are known', async () => {
    const { store } = here.one.services
    const { sessionId } = await ask('a')
    const b = await ask('b', sessionId)
    await ask('c', sessionId)
    await ask('b2', sessionId, { replaces: b.question })
    await ask('d', sessionId)
    const { organisationId } = await getSession(eddie(), { sessionId })
    const session = await sessions.get(store, organisationId, sessionId)
    if (!session) throw new Error('There is no session.')
    const place = { organisationId, id: sessionId }
    const path = pathOf(session.body)
    for (const limit of [1, 2, 3, 5, 50]) {
      const plain = await readBackwards(store, place, path, { limit })
      expect(plain.items).toHaveLength(Math.min(limit, 6))
      for (const count of [1, 2, 3, 4, 7, 10]) {
        const known = await readNewest(store, place, count)
        expect(await readBackwards(store, place, path, { limit, known })).toEqual(plain)
      }
    }
  })
})
