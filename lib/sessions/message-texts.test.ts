import { describe, expect, it, vi } from 'vitest'
import { STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { messages, packMessage } from '@/lib/sessions/collection'
import { getSession, getSessionJson } from '@/lib/sessions/get'
import { type JsonPiece, MessageTexts } from '@/lib/sessions/message-texts'
import { setUpThreads } from '@/lib/sessions/threads/testing'
import { trashSession } from '@/lib/sessions/trash'

/** Larger than a message that is kept in one piece, and needs escapes and more bytes than characters. */
const LARGE = 'Größe 😀 "\n\\ \u0000 '.repeat(25_000)

const parsed = (...pieces: JsonPiece[]) =>
  JSON.parse(Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString())

describe.each(STORES)('messages that are passed on as text over %s', (store) => {
  const here = setUpThreads(store)
  const { eddie, ask } = here

  /** A conversation with a large answer; reads of its parts are counted. */
  async function withLargeAnswer() {
    here.world.model.answer(() => [{ text: LARGE }])
    const asked = await ask('large')
    const getMany = vi.spyOn(here.one.services.store, 'getMany')
    const reads = () => getMany.mock.calls.filter(([, collection]) => collection === 'blob-chunks').length
    return { ...asked, reads, done: () => getMany.mockRestore() }
  }

  it('are what they are taken apart: a session as JSON is the session', async () => {
    const { sessionId, done } = await withLargeAnswer()
    here.world.model.answer(() => [{ text: 'Well.' }])
    const b = await ask('b', sessionId)
    await ask('b2', sessionId, { replaces: b.question })
    for (const input of [{ sessionId }, { sessionId, branch: b.question }]) {
      const session = await getSession(eddie(), input)
      expect(JSON.stringify(session)).toContain(JSON.stringify(LARGE))
      expect(session.messages[2]?.metadata?.versions).toHaveLength(2)
      const pieces = await getSessionJson(eddie(), input)
      expect(parsed(...pieces)).toEqual(JSON.parse(JSON.stringify(session)))
    }
    done()
  })

  it('are read once, however many ask and whenever; who may not see the session is told nothing of them', async () => {
    const { sessionId, reads, done } = await withLargeAnswer()
    const shared = await changeSession(eddie(), { sessionId, visibility: 'organisation' })
    const before = reads()
    const vera = here.one.as(here.world.vera)
    const answers = await Promise.all([1, 2, 3].map(() => getSessionJson(vera, { sessionId })))
    answers.push(await getSessionJson(vera, { sessionId }))
    expect(reads() - before).toBe(1)
    for (const pieces of answers) expect(parsed(...pieces).messages).toEqual(shared.messages)
    await changeSession(eddie(), { sessionId, visibility: 'private' })
    await expect(getSessionJson(vera, { sessionId })).rejects.toMatchObject({ code: 'not_found' })
    await trashSession(eddie(), { sessionId })
    await expect(getSessionJson(eddie(), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
    done()
  })

  it('are kept within a bound, each version of a message for itself; a failure is not kept', async () => {
    const { runId, sessionId, reads, done } = await withLargeAnswer()
    const { organisationId } = await getSession(eddie(), { sessionId })
    const services = here.one.services
    const stored = await messages.get(services.store, organisationId, `msg_${runId}`)
    if (!stored) throw new Error('The answer was not stored.')

    const small = new MessageTexts(services.store, 500_000)
    const first = reads()
    for (let count = 0; count < 2; count += 1) {
      expect(parsed(await small.read(organisationId, stored)).id).toBe(`msg_${runId}`)
    }
    expect(reads() - first).toBe(2)

    const texts = new MessageTexts(services.store)
    const away = vi.spyOn(services.store, 'getMany').mockRejectedValueOnce(new Error('away'))
    await expect(texts.read(organisationId, stored)).rejects.toThrow('away')
    away.mockRestore()
    const message = parsed(await texts.read(organisationId, stored))
    const other = { ...message, metadata: { other: true } }
    const content = await packMessage(services.store, organisationId, other)
    const put = messages.put(stored.id, { ...stored.body, content })
    await services.store.commit({ partition: organisationId, operationId: `test:${runId}`, operations: [put] })
    const changed = await messages.get(services.store, organisationId, stored.id)
    expect(parsed(await texts.read(organisationId, changed ?? stored))).toEqual(other)
    done()
  })
})
