import { describe, expect, it } from 'vitest'
import { attachedTo } from '@/lib/agent/attached'
import { attachText } from '@/lib/attachments/testing'
import { type StartInput, startRun } from '@/lib/runs/start'
import { STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { getSession } from '@/lib/sessions/get'
import { resumeQueue } from '@/lib/sessions/queue'
import { MAX_PIECES, MAX_VERSIONS, sessionThreads } from '@/lib/sessions/threads/collection'
import { setUpThreads, textOf } from '@/lib/sessions/threads/testing'

describe.each(STORES)('replaced questions over %s', (store) => {
  const here = setUpThreads(store)
  const { eddie, begin, ask, thread, versionsIn, given } = here

  it('leave the current thread with all that followed, for the page and for the model', async () => {
    const { sessionId } = await ask('a')
    const b = await ask('b', sessionId)
    await ask('c', sessionId)
    const b2 = await ask('b2', sessionId, { replaces: b.question })
    expect(given()).toEqual(['a', 'About a', 'b2'])
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'b2', 'About b2'])
    await ask('d', sessionId)
    expect(given()).toEqual(['a', 'About a', 'b2', 'About b2', 'd'])
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'b2', 'About b2', 'd', 'About d'])
    expect(await versionsIn(sessionId)).toEqual([
      undefined,
      undefined,
      [b.question, b2.question],
      undefined,
      undefined,
      undefined,
    ])
    expect((await getSession(eddie(), { sessionId })).messageCount).toBe(10)
    // What was replaced is still there to be read, by its question and by its answer.
    const old = ['a', 'About a', 'b', 'About b', 'c', 'About c']
    expect(await thread(sessionId, { branch: b.question })).toEqual(old)
    expect(await thread(sessionId, { branch: `msg_${b.runId}` })).toEqual(old)
    expect((await getSession(eddie(), { sessionId, branch: b.question })).isCurrent).toBe(false)
    expect((await getSession(eddie(), { sessionId, branch: b2.question })).isCurrent).toBe(true)
  })

  it('can be the first question and one that has no answer', async () => {
    const a = await ask('a')
    const { sessionId } = a
    here.world.model.answer(() => [{ status: 400 }])
    const failed = await ask('fails', sessionId)
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'fails'])
    here.world.model.answer(() => [{ text: 'Well.' }])
    await ask('works', sessionId, { replaces: failed.question })
    expect(given()).toEqual(['a', 'About a', 'works'])
    await ask('first', sessionId, { replaces: a.question })
    expect(given()).toEqual(['first'])
    expect(await thread(sessionId)).toEqual(['first', 'Well.'])
  })

  it('can be gone back to, and the conversation goes on from there', async () => {
    const { sessionId } = await ask('a')
    const b = await ask('b', sessionId)
    const b2 = await ask('b2', sessionId, { replaces: b.question })
    const before = await getSession(eddie(), { sessionId })
    const back = await changeSession(eddie(), { sessionId, branch: b.question })
    expect(back.messages.map(textOf)).toEqual(['a', 'About a', 'b', 'About b'])
    expect(back.isCurrent).toBe(true)
    expect(back.thread).not.toBe(before.thread)
    await ask('c', sessionId)
    expect(given()).toEqual(['a', 'About a', 'b', 'About b', 'c'])
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'b', 'About b', 'c', 'About c'])
    await changeSession(eddie(), { sessionId, branch: b2.question })
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'b2', 'About b2'])
    // A third one, in the place of a version that is not shown now.
    await ask('b3', sessionId, { replaces: b.question })
    expect(given()).toEqual(['a', 'About a', 'b3'])
    expect((await versionsIn(sessionId))[2]).toHaveLength(3)
    // Where it was gone on with last.
    expect(await thread(sessionId, { branch: b.question })).toHaveLength(6)
  })

  it('are refused for what is no question of the session, without a session, and in a queue', async () => {
    const a = await ask('a')
    const other = await ask('x')
    const replace = (input: Partial<StartInput>) => begin({ message: 'n', sessionId: a.sessionId, ...input })
    await expect(replace({ replaces: `msg_${a.runId}` })).rejects.toMatchObject({ field: 'replaces' })
    await expect(replace({ replaces: other.question })).rejects.toMatchObject({ code: 'not_found' })
    await expect(replace({ replaces: 'usr_none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(replace({ replaces: a.question, sessionId: undefined })).rejects.toMatchObject({ field: 'replaces' })
    await expect(replace({ replaces: a.question, whenBusy: 'queue' })).rejects.toMatchObject({ field: 'whenBusy' })
    await expect(changeSession(eddie(), { sessionId: a.sessionId, branch: other.question })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(getSession(eddie(), { sessionId: a.sessionId, branch: other.question })).rejects.toMatchObject({
      code: 'not_found',
    })
    // Somebody else's private conversation, and one that may only be read.
    const vera = here.one.as(here.world.vera)
    const act = { message: 'n', sessionId: a.sessionId, replaces: a.question }
    await expect(startRun(vera, act)).rejects.toMatchObject({ code: 'not_found' })
    await changeSession(eddie(), { sessionId: a.sessionId, visibility: 'organisation' })
    await expect(startRun(vera, act)).rejects.toMatchObject({ code: 'forbidden' })
    await ask('a2', a.sessionId, { replaces: a.question })
    await expect(changeSession(vera, { sessionId: a.sessionId, branch: a.question })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const read = await getSession(vera, { sessionId: a.sessionId, branch: a.question })
    expect(read.messages.map(textOf)).toEqual(['a', 'About a'])
    expect(await thread(a.sessionId)).toEqual(['a2', 'About a2'])
  })

  it('keep the files that went with them, unless others are named', async () => {
    const log = await attachText(eddie(), 'ERROR out of memory')
    const a = await ask('a', undefined, { attachments: [log.id] })
    const { sessionId } = a
    const filesNow = async () => {
      const [question] = (await getSession(eddie(), { sessionId })).messages
      return question ? attachedTo(question).map(({ id }) => id) : expect.fail()
    }
    const b = await ask('b', sessionId, { replaces: a.question })
    expect(await filesNow()).toEqual([log.id])
    expect(JSON.stringify(given())).toContain('ERROR out of memory')
    const other = await attachText(eddie(), 'all is well')
    const c = await ask('c', sessionId, { replaces: b.question, attachments: [other.id] })
    expect(await filesNow()).toEqual([other.id])
    await ask('d', sessionId, { replaces: c.question, attachments: [] })
    expect(await filesNow()).toEqual([])
  })

  it('are limited in number, and repeated requests are one', async () => {
    const a = await ask('a')
    const { sessionId } = a
    const input = { message: 'b', sessionId, replaces: a.question, idempotencyKey: 'k' }
    const once = await begin(input)
    expect((await begin(input)).runId).toBe(once.runId)
    await expect(begin({ ...input, replaces: userMessageIdOf(once.runId) })).rejects.toMatchObject({ code: 'conflict' })
    await here.one.supervisor.idle()
    for (let n = 2; n < MAX_VERSIONS; n += 1) await ask(`v${n}`, sessionId, { replaces: a.question })
    await expect(begin({ message: 'one more', sessionId, replaces: a.question })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await thread(sessionId)).toHaveLength(2)
  }, 60_000)

  it('are limited in number in all of a conversation, also by going back and forth', async () => {
    const a = await ask('a')
    const { sessionId } = a
    const b = await ask('b', sessionId, { replaces: a.question })
    const { id } = here.world.organisation
    const found = await sessionThreads.get(here.one.services.store, id, sessionId)
    const filler = Array.from({ length: MAX_PIECES }, (_, n) => ({ from: 1_000 + n, after: 900, id: `usr_${n}` }))
    const pieces = [...(found?.body.pieces ?? []), ...filler].slice(0, MAX_PIECES)
    await here.one.services.store.commit({
      partition: id,
      operationId: 'filler',
      operations: [sessionThreads.put(sessionId, { sessionId, pieces })],
    })
    const full = { code: 'conflict' }
    await expect(begin({ message: 'c', sessionId, replaces: b.question })).rejects.toMatchObject(full)
    await expect(changeSession(eddie(), { sessionId, branch: a.question })).rejects.toMatchObject(full)
    await ask('goes on', sessionId)
    expect(await thread(sessionId)).toEqual(['b', 'About b', 'goes on', 'About goes on'])
  })

  it('a session of before is read as it was, and its first replacement makes it one with threads', async () => {
    const { sessionId } = await ask('a')
    const b = await ask('b', sessionId)
    expect((await getSession(eddie(), { sessionId })).thread).toBe(1)
    // Nothing of threads was stored for it.
    expect(await sessionThreads.get(here.one.services.store, here.world.organisation.id, sessionId)).toBeNull()
    expect(await thread(sessionId, { branch: b.question })).toEqual(['a', 'About a', 'b', 'About b'])
    expect((await changeSession(eddie(), { sessionId, branch: b.question })).thread).toBe(1)
    await resumeQueue(eddie(), { sessionId })
    expect(await thread(sessionId)).toHaveLength(4)
  })
})
