import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aboutTools, firingIn, suggestQuestions } from '@/lib/mcp/suggest'
import { text } from '@/lib/mcp/testing/script'
import type { ToolOutcome } from '@/lib/mcp/types'
import { type Instance, World } from '@/lib/runs/testing/world'

const tool = (toolName: string, title = toolName) => ({ toolName, title })
const ok = (structured: unknown): ToolOutcome => ({ status: 'ok', content: [], structured, cut: false })

describe('suggestions', () => {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create()
    const read = { annotations: { readOnlyHint: true } }
    world.tools.add('query_logs', read)
    world.tools.add('list_alerts', read, () => ({
      ...text('two'),
      structuredContent: {
        alerts: [
          { alert: 'CheckoutLatencyHigh', state: 'firing' },
          { alert: 'Pending', state: 'pending' },
        ],
      },
    }))
    one = await world.process()
  })
  afterAll(() => world.close())

  it('are about what fires now, and what the caller’s tools can tell', async () => {
    const { suggestions } = await suggestQuestions(one.as(world.vera), {})
    expect(suggestions).toEqual([
      { question: 'Why is CheckoutLatencyHigh firing?', from: 'alert' },
      { question: 'What is firing, and since when?', from: 'tools' },
      { question: 'Which errors in the logs are new in the last hour?', from: 'tools' },
    ])
    // Opening the page again is no load on anybody.
    await suggestQuestions(one.as(world.vera), {})
    expect(world.tools.calls.filter((call) => call.tool === 'list_alerts')).toHaveLength(1)
    await expect(suggestQuestions(one.as(world.stranger), { org: 'acme' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('know tools by what they are called, and offer nothing of others', () => {
    expect(aboutTools([tool('restart_service'), tool('login_user')])).toEqual([])
    expect(aboutTools([tool('search_traces'), tool('list_deployments')]).map(({ question }) => question)).toEqual([
      'Where does the time go in the slowest requests?',
      'What was deployed lately, and what changed after it?',
    ])
  })

  it('take alerts as Prometheus, Alertmanager and others tell them, and nothing that is none', () => {
    expect(
      firingIn(
        ok({
          alerts: [
            { name: 'A', state: 'firing' },
            { name: 'B', state: 'active' },
            { name: 'A', state: 'firing' },
          ],
        }),
      ),
    ).toEqual(['A', 'B'])
    expect(
      firingIn(ok({ alerts: [{ labels: { alertname: 'C' }, state: 'firing' }, null, 7, { state: 'firing' }] })),
    ).toEqual(['C'])
    expect(firingIn(ok({ alerts: [{ name: `x\n${'y'.repeat(200)}`, state: 'firing' }] }))[0]).toHaveLength(80)
    expect(firingIn(ok({ alerts: 'none' }))).toEqual([])
    expect(firingIn({ status: 'error', reason: 'timeout', message: '', content: [], sent: true })).toEqual([])
  })
})
