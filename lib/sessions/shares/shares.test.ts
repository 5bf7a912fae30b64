import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ToolOutput } from '@/lib/agent/events'
import { mcpServers } from '@/lib/mcp/config'
import { getEvidence } from '@/lib/runs/evidence'
import { startRun } from '@/lib/runs/start'
import { type Instance, World } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { exportSession, markdownOf } from '@/lib/sessions/export'
import { createShare, listShares, revokeShare } from '@/lib/sessions/shares/create'
import { getShare } from '@/lib/sessions/shares/read'

let world: World
let one: Instance
let sessionId: string

beforeEach(async () => {
  world = await World.create()
  one = await world.process()
  world.tools.add('look', { annotations: { readOnlyHint: true } }, () => ({
    content: [{ type: 'text', text: 'a secret figure: 42' }],
  }))
  world.model.answerInTurn(
    () => [{ call: 'shop__look', arguments: '{}' }],
    () => [{ text: 'It is well.' }],
  )
  ;({ sessionId } = await startRun(one.as(world.eddie), { message: 'How is it?' }))
  await one.supervisor.idle()
})
afterEach(async () => {
  vi.useRealTimers()
  await world.close()
})

const ask = async (message: string) => {
  await startRun(one.as(world.eddie), { message, sessionId })
  await one.supervisor.idle()
}
const textOf = (shared: Awaited<ReturnType<typeof getShare>>) => JSON.stringify(shared.messages)

describe('a share', () => {
  it('shows members a private session as it was, without results and without what came later', async () => {
    const share = await createShare(one.as(world.eddie), { sessionId, expiresIn: 3600 })
    expect(share.url).toBe(`/o/acme/shared/${share.shareId}`)
    expect(share.expiresAt).toBe(share.createdAt + 3_600_000)
    await ask('And now?')
    const seen = await getShare(one.as(world.vera), { shareId: share.shareId })
    expect(seen.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(textOf(seen)).toContain('It is well.')
    expect(textOf(seen)).not.toContain('a secret figure')
    expect(textOf(seen)).not.toContain('And now?')
    // What is not of the organisation does not exist.
    await expect(getShare(one.as(world.stranger), { shareId: share.shareId })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('with evidence gives each reader the results that their own role may see, whole ones too', async () => {
    const { shareId } = await createShare(one.as(world.eddie), { sessionId, expiresIn: null, evidence: true })
    const seen = await getShare(one.as(world.vera), { shareId })
    expect(textOf(seen)).toContain('a secret figure')
    const part = seen.messages[1]?.parts.find(({ type }) => type === 'dynamic-tool') as { output: ToolOutput }
    const { evidenceId } = part.output
    const range = { offset: 0, limit: 1000 }
    expect((await getEvidence(one.as(world.vera), { evidenceId, share: shareId, ...range })).content).toContain('42')
    // Without the share the session is private, and so is its evidence.
    await expect(getEvidence(one.as(world.vera), { evidenceId, ...range })).rejects.toMatchObject({ code: 'not_found' })
    const plain = await createShare(one.as(world.eddie), { sessionId, expiresIn: null })
    await expect(getEvidence(one.as(world.vera), { evidenceId, share: plain.shareId, ...range })).rejects.toMatchObject(
      { code: 'not_found' },
    )

    // From the next look on: viewers may not see results of this server any more.
    const list = { index: 'all', group: 'all', order: 'ascending', limit: 1 } as const
    const [server] = (await mcpServers.list(one.services.store, world.organisation.id, list)).items
    await one.services.store.commit({
      partition: world.organisation.id,
      operationId: 'hide',
      operations: [
        mcpServers.put(server?.id ?? '', {
          ...(server?.body ?? expect.fail()),
          policy: { viewer: { read: 'hidden' } },
        }),
      ],
    })
    expect(textOf(await getShare(one.as(world.vera), { shareId }))).not.toContain('a secret figure')
    expect(textOf(await getShare(one.as(world.ada), { shareId }))).toContain('a secret figure')
    await expect(getEvidence(one.as(world.vera), { evidenceId, share: shareId, ...range })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('ends when it is revoked, when it expires, and with its session', async () => {
    const ctx = one.as(world.eddie)
    const first = await createShare(ctx, { sessionId, expiresIn: null })
    const second = await createShare(ctx, { sessionId, expiresIn: null })
    expect((await listShares(ctx, { sessionId })).shares.map(({ shareId }) => shareId)).toEqual([
      second.shareId,
      first.shareId,
    ])
    await expect(revokeShare(one.as(world.vera), { shareId: first.shareId })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await revokeShare(one.as(world.ada), { shareId: first.shareId })
    const gone = (shareId: string) =>
      expect(getShare(one.as(world.vera), { shareId })).rejects.toMatchObject({ code: 'not_found' })
    await gone(first.shareId)
    const third = await createShare(ctx, { sessionId, expiresIn: 3600 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
    await gone(third.shareId)
    vi.useRealTimers()
    await deleteSession(ctx, { sessionId })
    await gone(second.shareId)
  })

  it('is not made of nothing, for a moment, or by those who only read', async () => {
    const ctx = one.as(world.eddie)
    await expect(createShare(ctx, { sessionId, expiresIn: 60 })).rejects.toMatchObject({ field: 'expiresIn' })
    await expect(createShare(one.as(world.vera), { sessionId, expiresIn: null })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('an exported conversation', () => {
  const whole = async (format: 'markdown' | 'json') => {
    const exported = await exportSession(one.as(world.eddie), { sessionId, format })
    let text = ''
    for await (const piece of exported.pieces) text += piece
    return { ...exported, text }
  }

  it('is Markdown with questions, calls and answers in their order', async () => {
    for (let n = 0; n < 30; n += 1) await ask(`Question ${n}`)
    const { text, fileName } = await whole('markdown')
    expect(fileName).toMatch(/\.md$/)
    expect(text).toMatch(/^# /)
    expect(text).toContain('**Tool: shop / look**')
    expect(text).toContain('a secret figure: 42')
    const asked = [...text.matchAll(/Question (\d+)/g)].map(([, n]) => Number(n))
    expect(asked).toEqual(Array.from({ length: 30 }, (_, n) => n))
  }, 60_000)

  it('is JSON that holds every message whole', async () => {
    const { text } = await whole('json')
    const parsed = JSON.parse(text) as { format: string; messages: { role: string }[] }
    expect(parsed.format).toBe('longwatch-session')
    expect(parsed.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  it('keeps a result’s own fences inside its block', () => {
    const text = markdownOf({
      id: 'm',
      role: 'assistant',
      parts: [
        {
          type: 'dynamic-tool',
          toolName: 't',
          toolCallId: 'c',
          state: 'output-available',
          input: {},
          output: { preview: '```\n# not a heading\n````', evidenceId: '', bytes: 1, truncated: false, mediaType: '' },
        },
      ],
    })
    expect(text).toContain('`````\n```\n# not a heading\n````\n`````')
  })
})
