import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { messageIdOf } from '@/lib/agent/events'
import { startRun } from '@/lib/runs/start'
import { type Instance, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { deleteSession, finishDeletions } from '@/lib/sessions/delete'
import { giveFeedback, ownFeedback } from '@/lib/sessions/feedback/give'
import { listFeedback } from '@/lib/sessions/feedback/list'

describe.each(['sqlite', 'redis'] as const)('feedback on %s', (driver) => {
  let world: World
  let one: Instance
  let sessionId: string
  let runId: string
  let messageId: string

  beforeEach(async () => {
    world = await World.create({}, driver)
    one = await world.process()
    world.model.answer(() => [{ text: 'It is well.' }])
    ;({ sessionId, runId } = await startRun(one.as(world.eddie), { message: 'How is it?' }))
    await one.supervisor.idle()
    messageId = messageIdOf(runId)
  })
  afterEach(() => world.close())

  const list = () => listFeedback(one.as(world.ada), { limit: 50 })

  it('is one per message and person: the next takes the place of the one before, and null takes it back', async () => {
    const eddie = one.as(world.eddie)
    await giveFeedback(eddie, { sessionId, messageId, rating: 'up' })
    await giveFeedback(eddie, { sessionId, messageId, rating: 'down', comment: '  Too short  ' })
    expect((await ownFeedback(eddie, { sessionId })).feedback).toEqual([
      { messageId, rating: 'down', comment: 'Too short' },
    ])
    expect((await list()).feedback).toMatchObject([
      { rating: 'down', comment: 'Too short', by: `user:${world.eddie.id}` },
    ])
    await giveFeedback(eddie, { sessionId, messageId, rating: null })
    expect((await ownFeedback(eddie, { sessionId })).feedback).toEqual([])
    expect((await list()).feedback).toEqual([])
  })

  it('shows admins all of it, but names a conversation only when they may read it', async () => {
    const eddie = one.as(world.eddie)
    await giveFeedback(eddie, { sessionId, messageId, rating: 'up' })
    expect((await list()).feedback).toMatchObject([{ sessionId, title: null }])
    await changeSession(eddie, { sessionId, visibility: 'organisation' })
    expect((await list()).feedback[0]?.title).toBeTruthy()
    await giveFeedback(one.as(world.vera), { sessionId, messageId, rating: 'down' })
    expect((await list()).feedback.map(({ rating }) => rating).sort()).toEqual(['down', 'up'])
    expect((await ownFeedback(eddie, { sessionId })).feedback).toHaveLength(1)
    await expect(listFeedback(eddie, { limit: 50 })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is refused for a question, for a message of another session, and for a comment alone', async () => {
    const eddie = one.as(world.eddie)
    const give = (input: Partial<Parameters<typeof giveFeedback>[1]>) =>
      giveFeedback(eddie, { sessionId, messageId, rating: 'up', ...input })
    await expect(give({ messageId: userMessageIdOf(runId) })).rejects.toMatchObject({ code: 'not_found' })
    const other = await startRun(eddie, { message: 'And there?' })
    await one.supervisor.idle()
    await expect(give({ messageId: messageIdOf(other.runId) })).rejects.toMatchObject({ code: 'not_found' })
    await expect(give({ rating: null, comment: 'so' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(giveFeedback(one.as(world.vera), { sessionId, messageId, rating: 'up' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('goes away with its session', async () => {
    await giveFeedback(one.as(world.eddie), { sessionId, messageId, rating: 'up' })
    await deleteSession(one.as(world.eddie), { sessionId })
    await finishDeletions(one.services, world.organisation.id)
    await expect.poll(async () => (await list()).feedback).toEqual([])
  })
})
