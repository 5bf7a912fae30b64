import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attachedTo } from '@/lib/agent/attached'
import { attachImage, attachText } from '@/lib/attachments/testing'
import { cancelRun } from '@/lib/runs/cancel'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { exportSession } from '@/lib/sessions/export'
import { getSession } from '@/lib/sessions/get'
import { listSessions } from '@/lib/sessions/list'
import { changeQueueItem } from '@/lib/sessions/queue'

const WITHOUT_WORDS = '[Sent without a question: look at what is attached, and say what matters in it.]'
const NO_QUESTION = { code: 'bad_request', field: 'message', message: 'Write a question first.' }

describe.each(STORES)('a question of files alone, over %s', (store) => {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create({}, store)
    one = await world.process()
  })
  afterAll(() => world.close())
  beforeEach(() => {
    world.takesImages = false
    world.model.answer(() => [{ text: 'Seen.' }])
  })

  const eddie = () => one.as(world.eddie)
  const ask = async (message: string, more: object = {}) => {
    const started = await startRun(eddie(), { message, ...more })
    await world.ended(one, started.runId)
    await one.supervisor.idle()
    return started
  }
  const given = () => world.model.requests.at(-1)?.body.messages ?? []

  it('has no part for words, in the transcript and in both exports', async () => {
    const { id } = await attachText(eddie(), 'ERROR out of memory', 'shop.log')
    const { sessionId } = await ask(' \n ', { attachments: [id] })
    const [question] = (await getSession(eddie(), { sessionId })).messages
    expect(question?.parts.map(({ type }) => type)).toEqual(['file'])
    expect(question && attachedTo(question)).toMatchObject([{ id, name: 'shop.log' }])
    const exported = async (format: 'markdown' | 'json') => {
      const { pieces } = await exportSession(eddie(), { sessionId, format })
      let text = ''
      for await (const piece of pieces) text += piece
      return text
    }
    expect(await exported('markdown')).toMatch(
      /## Question[^\n]*\n\nAttached: `shop\.log` \(text\/plain, 19 bytes\)\n\n## Answer/,
    )
    expect(JSON.parse(await exported('json')).messages[0].parts).toEqual(question?.parts)
  })

  it('names its session by its files, which are found by that name', async () => {
    const files = [await attachText(eddie(), 'a', 'pool__of_db.log'), await attachText(eddie(), 'b', 'b.log')]
    const held = gate()
    world.model.answer(() => [{ wait: held.promise }, { text: 'Seen.' }])
    const { sessionId, runId } = await startRun(eddie(), { message: '', attachments: files.map(({ id }) => id) })
    expect(await getSession(eddie(), { sessionId })).toMatchObject({ title: 'pool__of_db.log, b.log' })
    const { sessions } = await listSessions(eddie(), { org: 'acme', q: 'pool__of', limit: 10 })
    expect(sessions.map(({ id }) => id)).toEqual([sessionId])
    held.open()
    await world.ended(one, runId)
    await one.supervisor.idle()
    // The model that finds a better one is told what there is to be named.
    const told = world.model.titleRequests.at(-1)?.body.messages.at(-1)?.content
    expect(told).toBe('Question: pool__of_db.log, b.log\n\nAnswer: Seen.')
  })

  it('is never an empty text to the model: a note stands for the words, now and in later turns', async () => {
    world.takesImages = true
    const [log, graph] = [await attachText(eddie(), 'ERROR'), await attachImage(eddie())]
    const { sessionId } = await ask('', { attachments: [log.id, graph.id] })
    const asked = given()[1]
    const parts = asked?.content as unknown as { type: string; text?: string }[]
    expect(parts.map(({ type }) => type)).toEqual(['text', 'image_url'])
    expect(parts[0]?.text?.startsWith(`${WITHOUT_WORDS}\n\n[Attached file "app.log"`)).toBe(true)
    await ask('And why?', { sessionId })
    expect(given()[1]).toEqual(asked)
    for (const { content } of given()) expect(content).not.toBe('')
  })

  it('is refused without files, whatever space stands in it, and when it would take none over', async () => {
    for (const message of ['', ' \n\t '])
      for (const attachments of [undefined, []])
        await expect(startRun(eddie(), { message, attachments })).rejects.toMatchObject(NO_QUESTION)
    const { sessionId, runId } = await ask('words')
    const replaces = userMessageIdOf(runId)
    await expect(startRun(eddie(), { message: '', sessionId, replaces })).rejects.toMatchObject(NO_QUESTION)
  })

  it('takes the place of a question, with its files or with others, and gives it up to one without', async () => {
    const { id } = await attachText(eddie(), 'a')
    const first = await ask('look', { attachments: [id] })
    const { sessionId } = first
    const filesNow = async () => {
      const question = (await getSession(eddie(), { sessionId })).messages.at(-2)
      return [question?.parts.some(({ type }) => type === 'text'), question && attachedTo(question).length]
    }
    const second = await ask('', { sessionId, replaces: userMessageIdOf(first.runId) })
    expect(await filesNow()).toEqual([false, 1])
    const replaces = userMessageIdOf(second.runId)
    await expect(startRun(eddie(), { message: '', sessionId, replaces, attachments: [] })).rejects.toMatchObject(
      NO_QUESTION,
    )
    await ask('words', { sessionId, replaces, attachments: [] })
    expect(await filesNow()).toEqual([true, 0])
  })

  it('waits in the queue, where its words come and go, and one without files keeps some', async () => {
    const held = gate()
    world.model.answer(() => [{ text: 'Let me' }, { wait: held.promise }])
    const { sessionId, runId } = await startRun(eddie(), { message: 'first' })
    const { id } = await attachText(eddie(), 'a')
    const alone = await startRun(eddie(), { message: '', sessionId, attachments: [id] })
    const worded = await startRun(eddie(), { message: 'words', sessionId })
    const change = (itemId: string, message: string) => changeQueueItem(eddie(), { sessionId, itemId, message })
    expect((await change(alone.runId, 'what is it?')).queue[0]).toMatchObject({ message: 'what is it?' })
    expect((await change(alone.runId, ' ')).queue[0]).toMatchObject({ message: '', attachments: [{ id }] })
    await expect(change(worded.runId, ' ')).rejects.toMatchObject(NO_QUESTION)
    for (const one of [worded.runId, alone.runId, runId]) await cancelRun(eddie(), { runId: one })
    held.open()
    await world.ended(one, runId)
  })

  it('is the same request when it is repeated; another set of files under its key is not', async () => {
    const { id } = await attachText(eddie(), 'a')
    const first = await ask('look', { attachments: [id] })
    const { sessionId } = first
    const edit = (attachments?: string[]) =>
      startRun(eddie(), {
        message: 'again',
        sessionId,
        replaces: userMessageIdOf(first.runId),
        attachments,
        idempotencyKey: 'edit',
      })
    const made = await edit([])
    await world.ended(one, made.runId)
    expect(await edit([])).toMatchObject({ runId: made.runId })
    await expect(edit()).rejects.toMatchObject({ code: 'conflict' })
  })
})
