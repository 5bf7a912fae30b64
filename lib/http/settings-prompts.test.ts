import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import type { PromptPreview, PromptSettings } from '@/lib/access/prompts'
import { FIXED_RULES } from '@/lib/agent/prompts'
import { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

const PATH = '/api/settings/prompts'

let world: AuthorisationWorld
beforeAll(async () => {
  world = await AuthorisationWorld.create()
  world.runs.tools.add('look', { annotations: { readOnlyHint: true } })
  world.runs.tools.add('restart', { annotations: { readOnlyHint: false, destructiveHint: true } })
  world.runs.model.answer(() => [{ text: 'Seen.' }])
})
afterAll(() => world.close())
afterEach(() => change({ chat: null, investigation: null }))

const change = (body: object) => world.call<PromptSettings>('admin', 'PATCH', `${PATH}?org=acme`, body)
const preview = (body: object) => world.call<PromptPreview>('admin', 'POST', `${PATH}/preview?org=acme`, body)

/** What the model was told in a run of the owner's. */
async function told(type: 'chat' | 'investigation' = 'chat'): Promise<string> {
  const { runId } = await world.call<{ runId: string }>('owner', 'POST', '/api/agent/runs', {
    message: 'Look',
    orgId: 'acme',
    type,
  })
  await world.runs.ended(world.instance, runId)
  return String(world.runs.model.requests.at(-1)?.body.messages[0]?.content)
}

describe('the organisation’s prompts', () => {
  it('are what the model is told in the next run of their type, before rules that stay', async () => {
    const chat = 'You watch {{organisation}} for a person who is {{role}}.'
    await change({ chat })
    const prompt = await told()
    expect(prompt.startsWith('You watch Acme for a person who is editor.\n\n')).toBe(true)
    expect(prompt).toContain(FIXED_RULES)
    expect(await told('investigation')).toContain('report of an investigation')
    await change({ investigation: 'Investigate with {{tools}}.' })
    expect((await told('investigation')).startsWith('Investigate with shop__look')).toBe(true)
    await change({ chat: null })
    expect(await told()).toContain('You are Longwatch')
  })

  it('are previewed with real values and tools for each role, saved or not', async () => {
    const template = '{{organisation}} {{role}} {{tools}}'
    const viewer = await preview({ type: 'chat', role: 'viewer', template })
    expect(viewer.text.slice(0, viewer.ownLength)).toBe('Acme viewer shop__look')
    expect(viewer.tokens).toBeGreaterThan(100)
    await change({ chat: template })
    expect((await preview({ type: 'chat', role: 'viewer' })).text.slice(0, viewer.ownLength)).toBe(
      'Acme viewer shop__look',
    )
    expect((await preview({ type: 'chat', role: 'viewer', template: null })).text).toContain('You are Longwatch')
  })

  it('are refused by field when empty, too large or with an unknown variable', async () => {
    for (const [chat, reason] of [
      ['  ', /not empty/],
      ['ü'.repeat(8_193), /at most 16384 bytes/],
      ['{{secret}}', /no variable \{\{secret\}\}/],
    ] as const) {
      await expect(change({ chat })).rejects.toThrow(reason)
      await expect(change({ chat })).rejects.toThrow(/answered 400.*"field":"chat"/)
    }
    await expect(preview({ type: 'chat', role: 'admin', template: '{{x}}' })).rejects.toThrow(/"field":"template"/)
  })

  it('refuse a change made from an older state, and stand in the audit log with what was before', async () => {
    const first = await change({ chat: 'One.' })
    await change({ version: first.version, chat: 'Two.' })
    await expect(change({ version: first.version, chat: 'Three.' })).rejects.toThrow(/answered 409/)
    const admin = { services: world.services, principal: world.people.admin, requestId: 'test' }
    const { records } = await listAudit(admin, {
      organisationId: world.organisation.id,
      action: 'prompts.update',
      limit: 1,
    })
    expect(records).toMatchObject([{ before: { chat: 'One.' }, after: { chat: 'Two.' } }])
  })
})
