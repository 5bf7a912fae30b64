import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, type StoreKind, World } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'
import { listSessions } from '@/lib/sessions/list'
import { markSession } from '@/lib/sessions/marks'
import { restoreSession, trashSession, UNDO_MILLISECONDS } from '@/lib/sessions/trash'

describe.each<StoreKind>(['sqlite', 'redis'])('sessions over %s', (kind) => {
  let world: World
  let one: Instance
  beforeEach(async () => {
    world = await World.create({}, kind)
    one = await world.process()
    world.model.answer(() => [{ text: 'Well.' }])
  })
  afterEach(async () => {
    vi.useRealTimers()
    await world.close()
  })

  const ids = async (principal = world.ada) =>
    (await listSessions(one.as(principal), { limit: 10 })).sessions.map(({ id }) => id)
  async function asked(principal = world.ada): Promise<string> {
    const { sessionId } = await startRun(one.as(principal), { message: 'How is it?' })
    await one.supervisor.idle()
    return sessionId
  }

  it('that are deleted are hidden at once, come back when that is taken back, and end for good after a while', async () => {
    const ctx = one.as(world.ada)
    const sessionId = await asked()
    await trashSession(ctx, { sessionId })
    expect(await ids()).toEqual([])
    await expect(getSession(ctx, { sessionId })).rejects.toMatchObject({ code: 'not_found' })
    await expect(startRun(ctx, { message: 'More', sessionId })).rejects.toMatchObject({ code: 'not_found' })
    await expect(restoreSession(one.as(world.eddie), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
    await restoreSession(ctx, { sessionId })
    expect(await ids()).toEqual([sessionId])
    expect((await getSession(ctx, { sessionId })).messages).toHaveLength(2)

    await trashSession(ctx, { sessionId })
    await one.supervisor.sweep()
    await restoreSession(ctx, { sessionId })
    await trashSession(ctx, { sessionId })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + UNDO_MILLISECONDS + 1 })
    await one.supervisor.sweep()
    await expect(restoreSession(ctx, { sessionId })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that are deleted while something runs lose nothing when that is taken back', async () => {
    const answer = gate()
    world.model.answer(() => [{ text: 'Half ' }, { wait: answer.promise }, { text: 'and whole.' }])
    const ctx = one.as(world.ada)
    const { sessionId } = await startRun(ctx, { message: 'Slowly' })
    await trashSession(ctx, { sessionId })
    answer.open()
    await one.supervisor.idle()
    await restoreSession(ctx, { sessionId })
    expect(JSON.stringify((await getSession(ctx, { sessionId })).messages)).toContain('Half and whole.')
  })

  it('tell of a run that failed without a word until it was seen', async () => {
    const sessionId = await asked()
    const ctx = one.as(world.ada)
    const listed = async () => (await listSessions(ctx, { limit: 10 })).sessions[0]
    world.model.answer(() => [{ status: 400 }])
    const { runId } = await startRun(ctx, { message: 'And now?', sessionId })
    await markSession(ctx, { sessionId, seen: 3 })
    await one.supervisor.idle()
    expect(await listed()).toMatchObject({ messageCount: 3, unread: true, lastStatus: 'failed' })
    await markSession(ctx, { sessionId, seenRun: runId })
    expect(await listed()).toMatchObject({ unread: false, lastStatus: 'failed' })
  })

  it('are marked by each person for themselves', async () => {
    const sessionId = await asked()
    const listed = async () => (await listSessions(one.as(world.ada), { limit: 10 })).sessions[0]
    expect(await listed()).toMatchObject({ pinned: false, archived: false, unread: true, lastStatus: 'completed' })
    await markSession(one.as(world.ada), { sessionId, pinned: true, seen: 99 })
    await markSession(one.as(world.ada), { sessionId, archived: true, seen: 1 })
    expect(await listed()).toMatchObject({ pinned: true, archived: true, unread: false })
    const { runId } = await startRun(one.as(world.ada), { message: 'And now?', sessionId })
    await one.supervisor.idle()
    expect(await listed()).toMatchObject({ unread: true, lastRun: { id: runId, mine: true } })
    await expect(markSession(one.as(world.eddie), { sessionId, pinned: true })).rejects.toMatchObject({
      code: 'not_found',
    })
    await deleteSession(one.as(world.ada), { sessionId })
    await expect(markSession(one.as(world.ada), { sessionId, pinned: false })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
