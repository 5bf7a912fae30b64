import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { changeGeneralSettings } from '@/lib/access/general-settings'
import { attachedTo } from '@/lib/agent/attached'
import { attachments } from '@/lib/attachments/collection'
import { createAttachment } from '@/lib/attachments/create'
import { MAX_ATTACHMENT_BYTES, MAX_UNSENT, UNSENT_MILLISECONDS } from '@/lib/attachments/limits'
import { readAttachment } from '@/lib/attachments/read'
import { expireAttachments, removeAttachment } from '@/lib/attachments/remove'
import { attachImage, attachText, PNG } from '@/lib/attachments/testing'
import { newResourceId } from '@/lib/ids'
import { cancelRun } from '@/lib/runs/cancel'
import { getEvidence } from '@/lib/runs/evidence'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { deleteSession, finishDeletions, retireSessions } from '@/lib/sessions/delete'
import { exportSession } from '@/lib/sessions/export'
import { getSession } from '@/lib/sessions/get'
import { changeQueueItem } from '@/lib/sessions/queue'
import { createShare } from '@/lib/sessions/shares/create'
import { getShare } from '@/lib/sessions/shares/read'
import { restoreSession, trashSession } from '@/lib/sessions/trash'
import type { Store } from '@/lib/stores/contract'

const NOT_FOUND = { code: 'not_found', message: 'No such attachment.' }
const BAD = { code: 'bad_request', field: 'attachments' }

describe.each(STORES)('attachments on %s', (kind) => {
  let world: World
  let one: Instance
  let store: Store
  beforeEach(async () => {
    world = await World.create({}, kind)
    one = await world.process()
    store = one.services.store
    world.model.answer(() => [{ text: 'Seen.' }])
  })
  afterEach(async () => {
    vi.useRealTimers()
    await world.close()
  })

  const eddie = () => one.as(world.eddie)
  const ada = () => one.as(world.ada)
  const ask = async (more: object, message = 'What is in it?') => {
    const started = await startRun(eddie(), { message, ...more })
    await one.supervisor.idle()
    return started
  }
  const stateOf = async (id: string) => (await attachments.get(store, world.organisation.id, id))?.body.state
  const chunksOf = async (id: string) => {
    const ids = Array.from({ length: 12 }, (_, number) => `${id}/${number}`)
    return (await store.getMany(world.organisation.id, 'blob-chunks', ids)).filter(Boolean).length
  }
  /** Uploads until just before the end, as a process does that dies there. */
  const brokenOff = async (text: string) => {
    const dying = Object.create(store) as Store
    let id = ''
    dying.commit = async (input) => {
      if (input.operationId.endsWith(':ready')) throw new Error('killed')
      if (input.operationId.startsWith('attachment:')) id = input.operationId.slice('attachment:'.length)
      return store.commit(input)
    }
    const ctx = { ...eddie(), services: { ...one.services, store: dying } }
    await expect(attachText(ctx, text)).rejects.toThrow('killed')
    return id
  }
  const later = (milliseconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })

  it('are kept whole, larger than a commit, and read by their uploader only until they are sent', async () => {
    const text = 'zëile\n'.repeat(300_000)
    const file = await attachText(eddie(), text)
    expect(file).toMatchObject({
      name: 'app.log',
      kind: 'text',
      mediaType: 'text/plain',
      bytes: Buffer.byteLength(text),
    })
    const read = await readAttachment(eddie(), { attachmentId: file.id })
    expect(read.content.equals(Buffer.from(text))).toBe(true)
    for (const ctx of [ada(), one.as(world.stranger)])
      await expect(readAttachment(ctx, { attachmentId: file.id })).rejects.toMatchObject(NOT_FOUND)
  })

  it('have a name of one line, without its folders', async () => {
    const name = 'C:\\secret\\../in\nside/"a"\u202e.log'
    expect((await attachText(eddie(), 'x', name)).name).toBe('a .log')
    expect((await attachText(eddie(), 'x', '\n/')).name).toBe('file')
  })

  it('are refused when they are too large, of no kind that can be read, or elsewhere', async () => {
    const create = (bytes: Buffer, org = 'acme') => createAttachment(eddie(), { org, name: 'x', bytes })
    const tooLarge = Buffer.alloc(MAX_ATTACHMENT_BYTES + 1, 'a')
    await expect(create(tooLarge)).rejects.toMatchObject({ code: 'payload_too_large' })
    await expect(create(Buffer.from([0x1f, 0x8b, 8, 0]))).rejects.toMatchObject({ code: 'bad_request', field: 'file' })
    await expect(create(Buffer.from('a'), 'globex')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('wait in a bounded number for each principal', async () => {
    for (let n = 0; n < MAX_UNSENT; n += 1) await attachText(eddie(), 'x')
    await expect(attachText(eddie(), 'x')).rejects.toMatchObject({ code: 'conflict' })
    await attachText(ada(), 'x')
  })

  it('are parts of the question that they are sent with', async () => {
    const [log, graph] = [await attachText(eddie(), 'ERROR out of memory'), await attachImage(eddie())]
    world.takesImages = true
    const { sessionId } = await ask({ attachments: [log.id, graph.id] })
    const [question] = (await getSession(eddie(), { sessionId })).messages
    expect(question?.parts.map(({ type }) => type)).toEqual(['text', 'file', 'file'])
    expect(question?.parts[1]).toMatchObject({
      type: 'file',
      mediaType: 'text/plain',
      filename: 'app.log',
      url: `/api/attachments/${log.id}`,
    })
    expect(attachedTo(question ?? expect.fail())).toEqual([log, graph])
    expect((await readAttachment(eddie(), { attachmentId: graph.id })).content.equals(PNG)).toBe(true)
  })

  it('are refused when they are nobody’s, another’s, expired, doubled, too many or of another session', async () => {
    const mine = await attachText(eddie(), 'mine')
    const hers = await attachText(ada(), 'hers')
    const sent = await attachText(eddie(), 'sent')
    const first = await ask({ attachments: [sent.id] })
    const many = await Promise.all(Array.from({ length: 11 }, () => attachText(eddie(), 'x')))
    const elsewhere = newResourceId('att', 'abcdefghjk')
    const nobodys = newResourceId('att', world.organisation.id)
    const ids = [
      [hers.id],
      [sent.id],
      [nobodys],
      [elsewhere],
      ['nonsense'],
      [mine.id, mine.id],
      many.map(({ id }) => id),
    ]
    for (const attachments of ids) await expect(ask({ attachments })).rejects.toMatchObject(BAD)
    // Nothing was taken, and nothing was stored.
    expect(await stateOf(mine.id)).toEqual({ status: 'unsent' })
    // What the session has already may be asked about again there.
    const again = await ask({ attachments: [sent.id], sessionId: first.sessionId }, 'And again?')
    expect(await stateOf(sent.id)).toMatchObject({ status: 'sent', runs: [first.runId, again.runId] })
    later(UNSENT_MILLISECONDS + 1)
    await expect(ask({ attachments: [mine.id] })).rejects.toMatchObject(BAD)
  })

  it('of more bytes than one question may have are refused', async () => {
    const files = []
    for (let n = 0; n < 3; n += 1) files.push(await attachText(eddie(), 'x'.repeat(3_400_000)))
    const ids = files.map(({ id }) => id)
    await expect(ask({ attachments: ids })).rejects.toMatchObject(BAD)
    await ask({ attachments: ids.slice(1) })
  })

  it('go to one of two conversations that want them at once', async () => {
    const other = await world.process()
    for (let n = 0; n < 5; n += 1) {
      const { id } = await attachText(eddie(), 'x')
      const starts = [one, other].map((process) =>
        startRun(process.as(world.eddie), { message: 'Mine?', attachments: [id] }),
      )
      const results = await Promise.allSettled(starts)
      const won = results.filter((result) => result.status === 'fulfilled')
      expect(won).toHaveLength(1)
      expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject(BAD)
      expect(await stateOf(id)).toMatchObject({ status: 'sent', runs: [won[0]?.value.runId] })
    }
  })

  it('belong to what an idempotency key was used for', async () => {
    const [log, other] = [await attachText(eddie(), 'log'), await attachText(eddie(), 'other')]
    const question = { attachments: [log.id], idempotencyKey: 'once' }
    const first = await ask(question)
    expect((await ask(question)).runId).toBe(first.runId)
    await expect(ask({ ...question, attachments: [other.id] })).rejects.toMatchObject({ code: 'conflict' })
    expect(await stateOf(other.id)).toEqual({ status: 'unsent' })
  })

  it('with an image are refused before anything is stored when the model takes none', async () => {
    const { id } = await attachImage(eddie())
    await expect(ask({ attachments: [id] })).rejects.toMatchObject(BAD)
    expect(await stateOf(id)).toEqual({ status: 'unsent' })
    expect(world.model.requests).toHaveLength(0)
  })

  it('wait in the queue with their question, through its changes', async () => {
    const hold = gate()
    world.model.answer(() => [{ wait: hold.promise }, { text: 'Done.' }])
    const { sessionId, runId } = await startRun(eddie(), { message: 'Long' })
    const file = await attachText(eddie(), 'queued words')
    const queued = await startRun(eddie(), { message: 'Then this', sessionId, attachments: [file.id] })
    expect((await getSession(eddie(), { sessionId })).queue).toEqual([
      { id: queued.runId, message: 'Then this', attachments: [file] },
    ])
    const changed = await changeQueueItem(eddie(), { sessionId, itemId: queued.runId, message: 'Then that' })
    expect(changed.queue).toEqual([{ id: queued.runId, message: 'Then that', attachments: [file] }])
    hold.open()
    await world.ended(one, runId)
    await world.ended(one, queued.runId)
    const { messages } = await getSession(eddie(), { sessionId })
    expect(attachedTo(messages[2] ?? expect.fail())).toEqual([file])
    expect(JSON.stringify(world.model.requests.at(-1)?.body.messages)).toContain('queued words')
  })

  it('are read by whoever may read the session', async () => {
    const { id: attachmentId } = await attachText(eddie(), 'x')
    const { sessionId } = await ask({ attachments: [attachmentId] })
    await expect(readAttachment(ada(), { attachmentId })).rejects.toMatchObject(NOT_FOUND)
    await changeSession(eddie(), { sessionId, visibility: 'organisation' })
    expect((await readAttachment(one.as(world.vera), { attachmentId })).content.toString()).toBe('x')
    await expect(readAttachment(one.as(world.stranger), { attachmentId })).rejects.toMatchObject(NOT_FOUND)
    // The viewer of results reads on in it as in evidence.
    const page = { evidenceId: attachmentId, offset: 0, limit: 100 }
    expect(await getEvidence(one.as(world.vera), page)).toMatchObject({ content: 'x', nextOffset: null })
    await expect(getEvidence(one.as(world.stranger), page)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('are named in a share, and read through one only with results, as far as it goes', async () => {
    const early = await attachText(eddie(), 'early words')
    const { sessionId } = await ask({ attachments: [early.id] })
    const plain = await createShare(eddie(), { sessionId, expiresIn: null })
    const whole = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    const late = await attachText(eddie(), 'late words')
    await ask({ sessionId, attachments: [late.id] })
    const vera = one.as(world.vera)
    const shared = await getShare(vera, { shareId: plain.shareId })
    expect(attachedTo(shared.messages[0] ?? expect.fail())).toEqual([early])
    const read = (attachmentId: string, share: string) => readAttachment(vera, { attachmentId, share })
    expect((await read(early.id, whole.shareId)).content.toString()).toBe('early words')
    await expect(read(early.id, plain.shareId)).rejects.toMatchObject(NOT_FOUND)
    await expect(read(late.id, whole.shareId)).rejects.toMatchObject(NOT_FOUND)
    await expect(
      readAttachment(one.as(world.stranger), { attachmentId: early.id, share: whole.shareId }),
    ).rejects.toMatchObject(NOT_FOUND)
  })

  it('of a question that is asked anew go with the new version, and are shared only where they stand', async () => {
    const [old, kept] = [await attachText(eddie(), 'old words'), await attachText(eddie(), 'kept words')]
    const { sessionId, runId } = await ask({ attachments: [old.id, kept.id] })
    const first = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    const replaces = userMessageIdOf(runId)
    await ask({ sessionId, replaces, attachments: [kept.id] }, 'Only this one?')
    const { messages } = await getSession(eddie(), { sessionId })
    expect(attachedTo(messages[0] ?? expect.fail())).toEqual([kept])
    expect(JSON.stringify(world.model.requests.at(-1)?.body.messages)).not.toContain('old words')
    const second = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    const read = async (attachmentId: string, share: string) =>
      (await readAttachment(one.as(world.vera), { attachmentId, share })).content.toString()
    expect(await read(old.id, first.shareId)).toBe('old words')
    expect(await read(kept.id, second.shareId)).toBe('kept words')
    await expect(read(old.id, second.shareId)).rejects.toMatchObject(NOT_FOUND)
  })

  it('are named in an export, and are parts of the one in JSON', async () => {
    const file = await attachText(eddie(), 'secret log line', 'a`b.log')
    const { sessionId } = await ask({ attachments: [file.id] })
    const texts = []
    for (const format of ['markdown', 'json'] as const) {
      let text = ''
      for await (const piece of (await exportSession(eddie(), { sessionId, format })).pieces) text += piece
      texts.push(text)
    }
    expect(texts[0]).toContain("Attached: `a'b.log` (text/plain, 15 bytes)")
    expect(attachedTo(JSON.parse(texts[1] ?? '').messages[0])).toEqual([file])
    expect(texts.join()).not.toContain('secret log line')
  })

  it('are removed by their uploader until they are sent, chunks and all', async () => {
    const file = await attachText(eddie(), 'x'.repeat(900_000))
    await expect(removeAttachment(ada(), { attachmentId: file.id })).rejects.toMatchObject(NOT_FOUND)
    expect(await chunksOf(file.id)).toBe(3)
    await removeAttachment(eddie(), { attachmentId: file.id })
    await expect(removeAttachment(eddie(), { attachmentId: file.id })).rejects.toMatchObject(NOT_FOUND)
    expect(await chunksOf(file.id)).toBe(0)
    const sent = await attachText(eddie(), 'y')
    const { sessionId } = await ask({ attachments: [sent.id] })
    await expect(removeAttachment(eddie(), { attachmentId: sent.id })).rejects.toMatchObject({ code: 'conflict' })
    await expect(removeAttachment(ada(), { attachmentId: sent.id })).rejects.toMatchObject(NOT_FOUND)
    expect((await getSession(eddie(), { sessionId })).messages).toHaveLength(2)
  })

  it('that nobody sent expire after a day, also those that were half written or half removed', async () => {
    const old = await attachText(eddie(), 'x'.repeat(900_000))
    const sent = await attachText(eddie(), 'z')
    await ask({ attachments: [sent.id] })
    const half = await brokenOff('ÿ'.repeat(450_000))
    expect([await stateOf(half), await chunksOf(half)]).toEqual([{ status: 'uploading' }, 3])
    await expect(ask({ attachments: [half] })).rejects.toMatchObject(BAD)
    const removing = await attachText(eddie(), 'y')
    const found = (await attachments.get(store, world.organisation.id, removing.id)) ?? expect.fail()
    await store.commit({
      partition: world.organisation.id,
      operationId: 'removing',
      operations: [attachments.put(removing.id, { ...found.body, state: { status: 'removing' } })],
    })
    await expireAttachments(one.services, world.organisation.id)
    expect(await stateOf(half)).toEqual({ status: 'uploading' })
    later(UNSENT_MILLISECONDS + 1)
    await expect(readAttachment(eddie(), { attachmentId: old.id })).rejects.toMatchObject(NOT_FOUND)
    await expireAttachments(one.services, world.organisation.id)
    expect(await stateOf(old.id)).toBeUndefined()
    expect([await stateOf(half), await stateOf(removing.id)]).toEqual([undefined, undefined])
    expect((await readAttachment(eddie(), { attachmentId: sent.id })).content.toString()).toBe('z')
    expect([await chunksOf(old.id), await chunksOf(half), await chunksOf(sent.id)]).toEqual([0, 0, 1])
  })

  it('are deleted with their session', async () => {
    const file = await attachText(eddie(), 'x'.repeat(900_000))
    const { sessionId } = await ask({ attachments: [file.id] })
    expect(await chunksOf(file.id)).toBe(3)
    await deleteSession(eddie(), { sessionId })
    await finishDeletions(one.services, world.organisation.id)
    await expect(readAttachment(eddie(), { attachmentId: file.id })).rejects.toMatchObject(NOT_FOUND)
    expect(await chunksOf(file.id)).toBe(0)
  })

  it('are hidden while their session is in the trash, and there again when it is taken back', async () => {
    const { id: attachmentId } = await attachText(eddie(), 'x')
    const { sessionId } = await ask({ attachments: [attachmentId] })
    await trashSession(eddie(), { sessionId })
    await expect(readAttachment(eddie(), { attachmentId })).rejects.toMatchObject(NOT_FOUND)
    await restoreSession(eddie(), { sessionId })
    expect((await readAttachment(eddie(), { attachmentId })).content.toString()).toBe('x')
  })

  it('are deleted by retention with a session that nobody touched for long', async () => {
    const { id } = await attachText(eddie(), 'x')
    await ask({ attachments: [id] })
    await changeGeneralSettings(ada(), { limits: { sessionDays: 1 } })
    await retireSessions(one.services, world.organisation.id)
    expect(await chunksOf(id)).toBe(1)
    later(25 * 3_600_000)
    await retireSessions(one.services, world.organisation.id)
    await finishDeletions(one.services, world.organisation.id)
    expect([await stateOf(id), await chunksOf(id)]).toEqual([undefined, 0])
  })

  it('of a question that was taken out of the queue stay with the session', async () => {
    const hold = gate()
    world.model.answer(() => [{ wait: hold.promise }, { text: 'Done.' }])
    const { sessionId } = await startRun(eddie(), { message: 'Long' })
    const file = await attachText(eddie(), 'x')
    const queued = await startRun(eddie(), { message: 'Not this', sessionId, attachments: [file.id] })
    await cancelRun(eddie(), { runId: queued.runId })
    expect(await stateOf(file.id)).toMatchObject({ status: 'sent', sessionId })
    hold.open()
    await one.supervisor.idle()
  })
})
