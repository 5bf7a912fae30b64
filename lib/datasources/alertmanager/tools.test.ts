import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDataSourceServer } from '@/lib/datasources/server'
import { connectTo, type ToolCaller } from '@/lib/datasources/testing/client'
import { sendJson, startUpstream, type Upstream } from '@/lib/datasources/testing/upstream'

const NOW = Date.parse('2026-03-01T12:00:00Z') / 1000

/** As Alertmanager 0.25 answers. */
const ALERTS = [
  {
    annotations: { summary: 'Checkout is slow' },
    endsAt: '2026-03-01T12:04:00.000Z',
    fingerprint: '90a7e9ad8d7c7b7f',
    receivers: [{ name: 'on-call' }],
    startsAt: '2026-03-01T11:30:00.000Z',
    status: { inhibitedBy: [], silencedBy: ['4e7d6f5c'], state: 'suppressed' },
    updatedAt: '2026-03-01T12:00:00.000Z',
    generatorURL: 'http://prometheus.test/graph',
    labels: { alertname: 'SlowCheckout', severity: 'critical' },
  },
]
const silence = (id: string, state: string) => ({
  id,
  status: { state },
  updatedAt: '2026-03-01T11:45:00.000Z',
  comment: 'known, being mended',
  createdBy: 'ada',
  endsAt: '2026-03-01T13:45:00.000Z',
  matchers: [{ isEqual: true, isRegex: true, name: 'alertname', value: 'Slow.*' }],
  startsAt: '2026-03-01T11:45:00.000Z',
})

let upstream: Upstream
let tools: ToolCaller
let mode: 'well' | 'refusing' | 'failing' = 'well'

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (mode === 'failing') response.destroy()
    else if (mode === 'refusing') sendJson(response, 'bad matcher format: =', 400)
    else if (request.method === 'POST') sendJson(response, { silenceID: 'b1946ac9' })
    else if (request.path === '/am/api/v2/alerts') sendJson(response, ALERTS)
    else sendJson(response, [silence('one', 'active'), silence('two', 'expired')])
  })
  const credentials = { kind: 'none' } as const
  const source = { id: 'am', type: 'alertmanager', name: 'pager', url: `${upstream.url}/am`, credentials } as const
  tools = await connectTo(createDataSourceServer([source], { now: () => NOW }))
})
afterAll(async () => {
  await tools.close()
  await upstream.stop()
})
beforeEach(() => {
  mode = 'well'
  upstream.requests.length = 0
})

it('declares the silence as a write that destroys nothing, the rest as reads', async () => {
  const { tools: declared } = await tools.client.listTools()
  const hints = declared.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint])
  expect(hints).toEqual([
    ['list_data_sources', true, false],
    ['alertmanager_alerts', true, false],
    ['list_silences', true, false],
    ['create_silence', false, false],
  ])
})

it('lists alerts with what silences them', async () => {
  const { structured, text } = await tools.call('alertmanager_alerts', {
    filter: ['severity="critical"'],
    inhibited: false,
  })
  expect(structured.alerts).toMatchObject([
    {
      name: 'SlowCheckout',
      state: 'suppressed',
      silencedBy: ['4e7d6f5c'],
      receivers: ['on-call'],
      labels: { severity: 'critical' },
    },
  ])
  expect(text).toContain('silenced by 4e7d6f5c: Checkout is slow')
  const [request] = upstream.requests
  expect(Object.fromEntries(request?.parameters ?? [])).toEqual({
    active: 'true',
    silenced: 'true',
    inhibited: 'false',
    filter: 'severity="critical"',
  })
})

it('lists silences, expired ones on request only', async () => {
  expect((await tools.call('list_silences')).structured).toMatchObject({
    total: 1,
    silences: [{ id: 'one', state: 'active', matchers: ['alertname=~"Slow.*"'], createdBy: 'ada' }],
  })
  expect((await tools.call('list_silences', { expired: true })).structured.total).toBe(2)
})

it('makes a silence from now for the time asked', async () => {
  const { structured, text } = await tools.call('create_silence', {
    matchers: [{ name: 'alertname', value: 'SlowCheckout' }],
    duration: '2h',
    comment: 'deploy',
  })
  expect(structured).toEqual({
    id: 'b1946ac9',
    startsAt: '2026-03-01T12:00:00Z',
    endsAt: '2026-03-01T14:00:00Z',
    matchers: ['alertname="SlowCheckout"'],
  })
  expect(text).toContain('mutes {alertname="SlowCheckout"}')
  expect(JSON.parse(upstream.requests[0]?.body ?? '')).toEqual({
    matchers: [{ name: 'alertname', value: 'SlowCheckout', isRegex: false, isEqual: true }],
    startsAt: '2026-03-01T12:00:00Z',
    endsAt: '2026-03-01T14:00:00Z',
    createdBy: 'Longwatch',
    comment: 'deploy',
  })
})

it('refuses a silence that is too long or matches nothing in particular, unsent', async () => {
  const wanted = { matchers: [{ name: 'a', value: 'b' }], comment: 'x' }
  expect((await tools.call('create_silence', { ...wanted, duration: '31d' })).text).toMatch(/at most 30d/)
  expect((await tools.call('create_silence', { ...wanted, duration: 'long' })).text).toMatch(/"duration" is "long"/)
  expect(await tools.call('create_silence', { ...wanted, matchers: [], duration: '1h' })).toMatchObject({
    failed: true,
  })
  expect(upstream.requests).toEqual([])
})

it('sends a silence once and calls its outcome unknown when the answer is lost', async () => {
  mode = 'failing'
  const lost = await tools.call('create_silence', {
    matchers: [{ name: 'a', value: 'b' }],
    duration: '1h',
    comment: 'x',
  })
  expect(lost).toMatchObject({ failed: true, text: expect.stringMatching(/made is unknown: look with list_silences/) })
  expect(upstream.requests).toHaveLength(1)
})

it('does not call the outcome unknown when nothing was listening', async () => {
  const gone = await startUpstream(() => {})
  await gone.stop()
  const source = {
    id: 'am',
    type: 'alertmanager',
    name: 'pager',
    url: gone.url,
    credentials: { kind: 'none' },
  } as const
  const dead = await connectTo(createDataSourceServer([source]))
  const wanted = { matchers: [{ name: 'a', value: 'b' }], duration: '1h', comment: 'x' }
  const { text, failed } = await dead.call('create_silence', wanted)
  expect(failed).toBe(true)
  expect(text).toMatch(/nothing listens at its address\.$/)
  await dead.close()
})

it("passes on Alertmanager's own explanation of a refused request", async () => {
  mode = 'refusing'
  expect((await tools.call('list_silences', { filter: ['='] })).text).toBe(
    'Alertmanager does not accept this: bad matcher format: =',
  )
})
