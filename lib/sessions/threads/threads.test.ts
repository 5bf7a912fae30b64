import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attachedTo } from '@/lib/agent/attached'
import { attachText } from '@/lib/attachments/testing'
import { cancelRun } from '@/lib/runs/cancel'
import { runs } from '@/lib/runs/collection'
import { getEvidence } from '@/lib/runs/evidence'
import { type StartInput, startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { messages, userMessageIdOf } from '@/lib/sessions/collection'
import { deleteSession, finishDeletions } from '@/lib/sessions/delete'
import { exportSession } from '@/lib/sessions/export'
import { giveFeedback, ownFeedback } from '@/lib/sessions/feedback/give'
import { getSession } from '@/lib/sessions/get'
import { markSession } from '@/lib/sessions/marks'
import { resumeQueue } from '@/lib/sessions/queue'
import { createShare } from '@/lib/sessions/shares/create'
import { getShare } from '@/lib/sessions/shares/read'
import { MAX_PIECES, MAX_VERSIONS, sessionThreads } from '@/lib/sessions/threads/collection'
import { type SessionEvent, watchSession } from '@/lib/sessions/watch'

describe.each(STORES)('replaced questions over %s', (store) => {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create({}, store)
    one = await world.process()
    world.tools.add('look', { annotations: { readOnlyHint: true } }, () => ({
      content: [{ type: 'text', text: 'a secret figure: 42' }],
    }))
  })
  afterAll(() => world.close())
  beforeEach(() => {
    // Every answer names its question, so that a transcript tells by itself what belongs together.
    world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
  })

  const textOf = (message: { parts: { type: string }[] } | undefined) =>
    message?.parts.map((part) => ('text' in part ? part.text : '')).join('') ?? ''
  const eddie = () => one.as(world.eddie)
  const begin = async (input: StartInput) => startRun(eddie(), input)
  const ask = async (message: string, sessionId?: string, more: Partial<StartInput> = {}) => {
    const started = await begin({ message, sessionId, ...more })
    await world.ended(one, started.runId)
    await expect.poll(async () => (await getSession(eddie(), started)).activeRunId).toBeNull()
    return { ...started, question: userMessageIdOf(started.runId) }
  }
  const thread = async (sessionId: string, more: { branch?: string; before?: string } = {}) =>
    (await getSession(eddie(), { sessionId, ...more })).messages.map(textOf)
  const versionsIn = async (sessionId: string) =>
    (await getSession(eddie(), { sessionId })).messages.map(({ metadata }) => metadata?.versions)
  /** What the model was given with its last request, without the system's words. */
  const given = () =>
    world.model.requests
      .at(-1)
      ?.body.messages.filter(({ role }) => role !== 'system')
      .map(({ content }) => content)

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
    world.model.answer(() => [{ status: 400 }])
    const failed = await ask('fails', sessionId)
    expect(await thread(sessionId)).toEqual(['a', 'About a', 'fails'])
    world.model.answer(() => [{ text: 'Well.' }])
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
    const vera = one.as(world.vera)
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
    await one.supervisor.idle()
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
    const { id } = world.organisation
    const found = await sessionThreads.get(one.services.store, id, sessionId)
    const filler = Array.from({ length: MAX_PIECES }, (_, n) => ({ from: 1_000 + n, after: 900, id: `usr_${n}` }))
    const pieces = [...(found?.body.pieces ?? []), ...filler].slice(0, MAX_PIECES)
    await one.services.store.commit({
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

  describe('while a run is active', () => {
    const held = async () => {
      const hold = gate()
      const a = await ask('a')
      world.model.answer(async function* () {
        yield { text: 'Half of it' }
        yield { wait: hold.promise }
      })
      const b = await begin({ message: 'b', sessionId: a.sessionId })
      await expect.poll(async () => JSON.stringify(await world.log(one, b.runId))).toContain('Half')
      world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
      return { a, b, sessionId: a.sessionId, hold }
    }

    it('are refused, unless they stop it, which keeps what there was of its answer in the old thread', async () => {
      const { a, b, sessionId, hold } = await held()
      await expect(begin({ message: 'a2', sessionId, replaces: a.question })).rejects.toMatchObject({
        code: 'conflict',
      })
      await expect(changeSession(eddie(), { sessionId, branch: a.question })).resolves.toMatchObject({})
      const started = await begin({ message: 'a2', sessionId, replaces: a.question, whenBusy: 'steer' })
      expect(started.status).toBe('queued')
      await world.ended(one, b.runId)
      await world.ended(one, started.runId)
      await expect.poll(() => thread(sessionId)).toEqual(['a2', 'About a2'])
      expect(given()).toEqual(['a2'])
      expect(await thread(sessionId, { branch: a.question })).toEqual(['a', 'About a', 'b', 'Half of it'])
      hold.open()
    })

    it('another thread cannot become the current one', async () => {
      const a = await ask('a')
      const { sessionId } = a
      await ask('a2', sessionId, { replaces: a.question })
      const hold = gate()
      world.model.answer(async function* () {
        yield { text: 'Half' }
        yield { wait: hold.promise }
      })
      const b = await begin({ message: 'b', sessionId })
      await expect(changeSession(eddie(), { sessionId, branch: a.question })).rejects.toMatchObject({
        code: 'conflict',
      })
      // The active run is no part of the earlier version.
      const old = await getSession(eddie(), { sessionId, branch: a.question })
      expect(old.activeRun).toBeNull()
      expect(old.activeRunId).toBe(b.runId)
      await cancelRun(eddie(), { runId: b.runId })
      hold.open()
      await world.ended(one, b.runId)
    })

    it('two that stop it each become a version, one after the other', async () => {
      const { a, b, sessionId, hold } = await held()
      const steer = (message: string) => begin({ message, sessionId, replaces: a.question, whenBusy: 'steer' })
      const [left, right] = await Promise.all([steer('left'), steer('right')])
      await world.ended(one, b.runId)
      await Promise.all([world.ended(one, left.runId), world.ended(one, right.runId)])
      await expect.poll(async () => (await getSession(eddie(), { sessionId })).queue).toEqual([])
      await expect.poll(async () => (await versionsIn(sessionId))[0]).toHaveLength(3)
      const now = await thread(sessionId)
      expect([
        ['left', 'About left'],
        ['right', 'About right'],
      ]).toContainEqual(now)
      const other = now[0] === 'left' ? right : left
      const word = now[0] === 'left' ? 'right' : 'left'
      // Whoever stopped the other one may have done so before it said anything.
      expect((await thread(sessionId, { branch: userMessageIdOf(other.runId) }))[0]).toBe(word)
      hold.open()
    })

    it('queued messages go on in the new thread', async () => {
      const { a, b, sessionId, hold } = await held()
      const queued = await begin({ message: 'later', sessionId })
      const edited = await begin({ message: 'a2', sessionId, replaces: a.question, whenBusy: 'steer' })
      for (const { runId } of [b, edited, queued]) await world.ended(one, runId)
      await expect.poll(() => thread(sessionId)).toEqual(['a2', 'About a2', 'later', 'About later'])
      expect(given()).toEqual(['a2', 'About a2', 'later'])
      hold.open()
    })
  })

  it('by two people at the same moment: one begins, the other is refused, and the thread is whole', async () => {
    const two = await world.process()
    for (let round = 0; round < 5; round += 1) {
      const hold = gate()
      const a = await ask('a')
      const { sessionId } = a
      world.model.answer(async function* ({ body }) {
        yield { wait: hold.promise }
        yield { text: `About ${String(body.messages.at(-1)?.content)}` }
      })
      const edit = (ctx: ReturnType<Instance['as']>, message: string) =>
        startRun(ctx, { message, sessionId, replaces: a.question })
      const results = await Promise.allSettled([edit(eddie(), 'left'), edit(two.as(world.eddie), 'right')])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      hold.open()
      const winner = results.findIndex(({ status }) => status === 'fulfilled') === 0 ? 'left' : 'right'
      await expect.poll(() => thread(sessionId)).toEqual([winner, `About ${winner}`])
      expect((await versionsIn(sessionId))[0]).toHaveLength(2)
      world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
    }
  })

  it('a run that another process takes over is given the same history', async () => {
    const never = gate()
    const a = await ask('a')
    const { sessionId } = a
    const b = await ask('b', sessionId)
    const killed = await world.process()
    world.model.answerInTurn(
      async function* () {
        yield { text: 'Half' }
        yield { wait: never.promise }
      },
      () => [{ text: 'Whole.' }],
    )
    const started = await startRun(killed.as(world.eddie), { message: 'b2', sessionId, replaces: b.question })
    await expect.poll(async () => JSON.stringify(await world.log(one, started.runId))).toContain('Half')
    const requests = world.model.requests.length
    killed.kill()
    await world.lapse(started.runId)
    one.supervisor.execute(world.organisation.id, started.runId)
    await world.ended(one, started.runId)
    expect(world.model.requests.length).toBe(requests + 1)
    expect(given()?.slice(0, 3)).toEqual(['a', 'About a', 'b2'])
    await expect.poll(() => thread(sessionId)).toEqual(['a', 'About a', 'b2', 'Whole.'])
    never.open()
  })

  it('long threads are read in pages along the path, across every place where something was replaced', async () => {
    let last = await ask('q0')
    const { sessionId } = last
    const expected: string[] = []
    for (let n = 1; n < 34; n += 1) {
      const asked = await ask(`q${n}`, sessionId)
      last = n % 3 === 0 ? await ask(`e${n}`, sessionId, { replaces: asked.question }) : asked
    }
    for (let n = 0; n < 34; n += 1) {
      const word = n > 0 && n % 3 === 0 ? `e${n}` : `q${n}`
      expected.push(word, `About ${word}`)
    }
    const newest = await getSession(eddie(), { sessionId })
    expect(newest.messages.map(textOf)).toEqual(expected.slice(-50))
    const older = await getSession(eddie(), { sessionId, before: newest.messagesCursor ?? '' })
    expect(older.messages.map(textOf)).toEqual(expected.slice(0, -50))
    expect(older.messagesCursor).toBeNull()
    await expect(getSession(eddie(), { sessionId, before: 'x' })).rejects.toMatchObject({ field: 'before' })
    const { pieces } = await exportSession(eddie(), { sessionId, format: 'markdown' })
    let text = ''
    for await (const piece of pieces) text += piece
    const asked = [...text.matchAll(/^([qe]\d+)$/gm)].map(([, word]) => word)
    expect(asked).toEqual(expected.filter((word) => !word.startsWith('About')))
  }, 60_000)

  it('an exported file has the current thread, as JSON also what was replaced', async () => {
    const a = await ask('a')
    const { sessionId } = a
    await ask('b', sessionId, { replaces: a.question })
    const whole = async (format: 'markdown' | 'json') => {
      let text = ''
      for await (const piece of (await exportSession(eddie(), { sessionId, format })).pieces) text += piece
      return text
    }
    expect(await whole('markdown')).not.toContain('About a')
    const { messages: current, otherVersions } = JSON.parse(await whole('json'))
    expect(current.map(textOf)).toEqual(['b', 'About b'])
    expect(otherVersions.map(textOf)).toEqual(['a', 'About a'])
    expect(otherVersions[0].metadata.versions).toHaveLength(2)
  })

  it('shares show the thread as it was, and results of no other', async () => {
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'Seen.' }],
    )
    const a = await ask('a')
    const { sessionId } = a
    const first = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'Seen again.' }],
    )
    const b = await ask('b', sessionId, { replaces: a.question })
    const second = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    await ask('c', sessionId, { replaces: b.question })
    const vera = one.as(world.vera)
    const shared = async (shareId: string) => (await getShare(vera, { shareId })).messages
    const texts = async (shareId: string) => (await shared(shareId)).map(textOf)
    expect(await texts(first.shareId)).toEqual(['a', 'Seen.'])
    expect(await texts(second.shareId)).toEqual(['b', 'Seen again.'])
    expect((await shared(second.shareId))[0]?.metadata?.versions).toBeUndefined()
    const evidenceOf = async (runId: string) => {
      const call = (await world.log(one, runId)).find((chunk) => chunk.type === 'tool-output-available')
      return (call?.output as { evidenceId: string } | undefined)?.evidenceId ?? expect.fail()
    }
    const read = async (runId: string, share: string) =>
      getEvidence(vera, { evidenceId: await evidenceOf(runId), share, offset: 0, limit: 100 })
    expect((await read(b.runId, second.shareId)).content).toContain('42')
    // It was there when the second one was made, but in another thread.
    await expect(read(a.runId, second.shareId)).rejects.toMatchObject({ code: 'not_found' })
    expect((await read(a.runId, first.shareId)).content).toContain('42')
  })

  it('feedback on an answer that was replaced stays, what was seen only grows, and deletion takes all of it', async () => {
    const a = await ask('a')
    const { sessionId } = a
    const messageId = `msg_${a.runId}`
    await giveFeedback(eddie(), { sessionId, messageId, rating: 'up' })
    await markSession(eddie(), { sessionId, seen: 2 })
    await ask('b', sessionId, { replaces: a.question })
    expect((await ownFeedback(eddie(), { sessionId })).feedback).toHaveLength(1)
    expect((await markSession(eddie(), { sessionId, seen: 4 })).seen).toBe(4)
    await changeSession(eddie(), { sessionId, branch: a.question })
    expect((await markSession(eddie(), { sessionId, seen: 2 })).seen).toBe(4)
    const { store: opened } = one.services
    const { id } = world.organisation
    expect(await sessionThreads.get(opened, id, sessionId)).not.toBeNull()
    await deleteSession(eddie(), { sessionId })
    await expect
      .poll(async () => {
        await finishDeletions(one.services, id)
        return sessionThreads.get(opened, id, sessionId)
      })
      .toBeNull()
    expect(await messages.get(opened, id, a.question)).toBeNull()
    expect(await runs.get(opened, id, a.runId)).toBeNull()
  })

  describe('a watcher', () => {
    const watch = (sessionId: string, cursor: { runId: string; n: number } | null) => {
      const events: SessionEvent[] = []
      const ended = new AbortController()
      const done = watchSession(eddie(), {
        sessionId,
        cursor,
        signal: ended.signal,
        deliver: async (event) => void events.push(event),
      })
      const end = () => {
        ended.abort()
        return done
      }
      const said = () =>
        events.flatMap((event) =>
          event.kind === 'message' ? [{ text: textOf(event.message), after: event.after }] : [],
        )
      const threads = () => events.flatMap((event) => (event.kind === 'session' ? [event.head.thread] : []))
      const followed = () => [...new Set(events.flatMap((event) => (event.kind === 'run' ? [event.runId] : [])))]
      return { said, threads, followed, end, events }
    }

    it('is told what a new question follows, and when the current thread is another', async () => {
      const a = await ask('a')
      const { sessionId } = a
      const b = await ask('b', sessionId)
      const watcher = watch(sessionId, null)
      await expect.poll(() => watcher.threads()).toEqual([1])
      await ask('b2', sessionId, { replaces: b.question })
      await expect.poll(watcher.said).toEqual([
        { text: 'b2', after: `msg_${a.runId}` },
        { text: 'About b2', after: undefined },
      ])
      await expect.poll(() => watcher.threads().at(-1)).toBe(5)
      await changeSession(eddie(), { sessionId, branch: b.question })
      await expect.poll(() => watcher.threads().at(-1)).toBe(1)
      await ask('c', sessionId)
      await expect
        .poll(() => watcher.said().slice(2))
        .toEqual([
          { text: 'c', after: `msg_${b.runId}` },
          { text: 'About c', after: undefined },
        ])
      await ask('first', sessionId, { replaces: a.question })
      await expect.poll(() => watcher.said().slice(4, 5)).toEqual([{ text: 'first', after: null }])
      await watcher.end()
    })

    it('who was away is told the current thread only, not what came and went meanwhile', async () => {
      const a = await ask('a')
      const { sessionId } = a
      const b = await ask('b', sessionId)
      const left = await ask('left', sessionId, { replaces: b.question })
      const right = await ask('right', sessionId, { replaces: left.question })
      const watcher = watch(sessionId, { runId: b.runId, n: 2 })
      await expect.poll(watcher.said).toEqual([
        { text: 'right', after: `msg_${a.runId}` },
        { text: 'About right', after: undefined },
      ])
      await expect.poll(watcher.followed).toEqual([right.runId])
      await watcher.end()
    })
  })

  it('a session of before is read as it was, and its first replacement makes it one with threads', async () => {
    const { sessionId } = await ask('a')
    const b = await ask('b', sessionId)
    expect((await getSession(eddie(), { sessionId })).thread).toBe(1)
    // Nothing of threads was stored for it.
    expect(await sessionThreads.get(one.services.store, world.organisation.id, sessionId)).toBeNull()
    expect(await thread(sessionId, { branch: b.question })).toEqual(['a', 'About a', 'b', 'About b'])
    expect((await changeSession(eddie(), { sessionId, branch: b.question })).thread).toBe(1)
    await resumeQueue(eddie(), { sessionId })
    expect(await thread(sessionId)).toHaveLength(4)
  })
})
