import { describe, expect, it } from 'vitest'
import { runs } from '@/lib/runs/collection'
import { getEvidence } from '@/lib/runs/evidence'
import { STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { messages } from '@/lib/sessions/collection'
import { deleteSession, finishDeletions } from '@/lib/sessions/delete'
import { exportSession } from '@/lib/sessions/export'
import { giveFeedback, ownFeedback } from '@/lib/sessions/feedback/give'
import { getSession } from '@/lib/sessions/get'
import { markSession } from '@/lib/sessions/marks'
import { createShare } from '@/lib/sessions/shares/create'
import { getShare } from '@/lib/sessions/shares/read'
import { sessionThreads } from '@/lib/sessions/threads/collection'
import { setUpThreads, textOf } from '@/lib/sessions/threads/testing'
import { type SessionEvent, watchSession } from '@/lib/sessions/watch'

describe.each(STORES)('replaced questions over %s', (store) => {
  const here = setUpThreads(store)
  const { eddie, ask } = here

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
    here.world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'Seen.' }],
    )
    const a = await ask('a')
    const { sessionId } = a
    const first = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    here.world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'Seen again.' }],
    )
    const b = await ask('b', sessionId, { replaces: a.question })
    const second = await createShare(eddie(), { sessionId, expiresIn: null, evidence: true })
    await ask('c', sessionId, { replaces: b.question })
    const vera = here.one.as(here.world.vera)
    const shared = async (shareId: string) => (await getShare(vera, { shareId })).messages
    const texts = async (shareId: string) => (await shared(shareId)).map(textOf)
    expect(await texts(first.shareId)).toEqual(['a', 'Seen.'])
    expect(await texts(second.shareId)).toEqual(['b', 'Seen again.'])
    expect((await shared(second.shareId))[0]?.metadata?.versions).toBeUndefined()
    const evidenceOf = async (runId: string) => {
      const call = (await here.world.log(here.one, runId)).find((chunk) => chunk.type === 'tool-output-available')
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
    const { store: opened } = here.one.services
    const { id } = here.world.organisation
    expect(await sessionThreads.get(opened, id, sessionId)).not.toBeNull()
    await deleteSession(eddie(), { sessionId })
    await expect
      .poll(async () => {
        await finishDeletions(here.one.services, id)
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
})
