import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { incidentOf } from '../shop/index.ts'
import { startTelemetryServer, type TelemetryServer } from '../telemetry/http.ts'
import { type ModelServer, startModelServer } from './http.ts'
import { investigate, type LoopOptions } from './testing.ts'

let telemetry: TelemetryServer
let model: ModelServer
let client: Client

beforeAll(async () => {
  telemetry = await startTelemetryServer({ pace: 0, faults: true, seed: 3 })
  model = await startModelServer({ tokensPerSecond: 1e9, scripts: true })
  client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(telemetry.url)))
})
afterAll(async () => {
  await client.close()
  await Promise.all([telemetry.close(), model.close()])
})
beforeEach(() => telemetry.faults.clear())

const ask = (question: string, options?: LoopOptions) => investigate(model.url, client, question, options)
const incident = () => incidentOf(telemetry.state.read().world)
const textOf = (result: CallToolResult) =>
  result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')

function expectCause(answer: string): void {
  const { service, version, previousVersion, before, after, setting, deployedAt } = incident()
  const headline = /\*\*(?:Cause|Ursache): [^*]+\*\*/.exec(answer)?.[0] ?? answer
  const clock = new Date(deployedAt * 1000).toISOString().slice(11, 16)
  for (const fact of [`${service} ${version}`, clock, String(before), String(after)]) expect(headline).toContain(fact)
  expect(headline).toMatch(/pool/i)
  expect(answer).toContain(`${setting}=${after}`)
  expect(answer).toContain(previousVersion)
  expect(answer).toMatch(/\| (Service|Dienst) \|/)
}

const CAUSE_QUESTIONS = [
  'why is checkout slow?',
  "what's wrong with the shop",
  'customers report failing payments',
  'Find the cause of the latency since this morning',
  'Warum ist der Checkout so langsam?',
]

describe('asked for the cause', () => {
  it.each(CAUSE_QUESTIONS)('finds the incident of the record: %s', async (question) => {
    const { answer, steps, called } = await ask(question)
    expectCause(answer)
    expect(steps.length).toBeGreaterThanOrEqual(4)
    expect(steps.slice(0, -1).every((step) => step.reasoning.length > 20)).toBe(true)
    expect(steps.some((step) => step.calls.length >= 3)).toBe(true)
    expect(new Set(called)).toContain('shop__get_trace')
    expect(steps.every((step) => step.errors.length === 0 && (step.outputTokens ?? 0) > 0)).toBe(true)
  })

  it('names the red herrings as ruled out, and the trace and the error that it read', async () => {
    const { answer } = await ask('Why is checkout slow?')
    expect(answer).toMatch(/CPU of inventory reached \d+ %/)
    expect(answer).toContain('catalogue v3.9.0')
    expect(answer).toContain('InventoryCacheHitRatioLow')
    expect(answer).toMatch(/Traces:\*\* in `[0-9a-f]{32}`.*payments `db\.pool\.acquire`/)
    expect(answer).toContain('waiting for a connection from pool payments-db')
    expect(answer).not.toContain('What I could not use')
  })

  it('finds it as well with another seed and late in the story, two hours after the start', async () => {
    const anchor = Math.floor(Date.now() / 300_000) * 300
    const late = await startTelemetryServer({ pace: 0, seed: 11, anchor, clock: () => (anchor + 119 * 60) * 1000 })
    const other = new Client({ name: 'test', version: '1' })
    await other.connect(new StreamableHTTPClientTransport(new URL(late.url)))
    const { answer } = await investigate(model.url, other, 'why is checkout slow?')
    await other.close()
    await late.close()
    expect(answer).toContain(
      `payments v2.14.0 (${new Date((anchor - 75 * 60) * 1000).toISOString().slice(11, 16)} UTC)`,
    )
    expect(answer).toContain('from 40 to 6')
  })

  it('answers in German when asked in German', async () => {
    const { answer } = await ask('Warum ist der Checkout so langsam?')
    expect(answer).toContain('**Ursache:')
    expect(answer).toContain('Was dafür spricht')
    expect(answer).not.toContain('What shows it')
  })

  it('draws on what the tools return: with another story it tells another cause', async () => {
    const { answer } = await ask('Why is checkout slow?', {
      show: (result) =>
        textOf(result).replaceAll('v2.14.0', 'v9.9.9').replaceAll('"payments"', '"billing"').replaceAll(',6]', ',11]'),
    })
    expect(answer).toContain('billing v9.9.9')
    expect(answer).toContain('from 40 to 11')
  })

  it.each<[string, (result: CallToolResult) => string]>([
    ['structured JSON', (result) => JSON.stringify(result.structuredContent ?? textOf(result))],
    [
      'a preview cut at 8 KiB with a note',
      (result) => `${textOf(result).slice(0, 8192)}\n[cut; the whole is evidence ev_123]`,
    ],
    [
      'JSON that carries the text',
      (result) => JSON.stringify({ preview: textOf(result), evidenceId: 'ev_1', truncated: false }),
    ],
    [
      'structured JSON cut at 8 KiB',
      (result) => JSON.stringify(result.structuredContent ?? textOf(result)).slice(0, 8192),
    ],
  ])('understands results as %s', async (_, show) => {
    const { answer } = await ask('why is checkout slow?', { show })
    const { service, version } = incident()
    expect(answer).toMatch(/\*\*Cause: /)
    expect(answer).toContain(`${service} ${version}`)
  })
})

describe('when something is missing', () => {
  it('names the tool that failed and goes on with the others', async () => {
    telemetry.faults.set({ tool: 'query_logs', fail: 'the log store is down' })
    const { answer } = await ask('why is checkout slow?')
    expect(answer).toContain('from 40 to 6')
    expect(answer).toContain('`shop__query_logs` failed: the log store is down')
  })

  it.each(['query_metrics', 'search_traces', 'list_deployments', 'list_services', 'list_alerts'])(
    'names %s as not available and still points at the service',
    async (missing) => {
      const { answer } = await ask('why is checkout slow?', { offer: (tool) => tool.name !== missing })
      expect(answer).toContain(`\`${missing}\` is not available to you`)
      expect(/\*\*Cause: [^*]+\*\*/.exec(answer)?.[0]).toContain(incident().service)
    },
  )

  it('says that it found nothing when every tool fails or none is offered', async () => {
    telemetry.faults.set({ tool: '*', fail: 'down' })
    const failing = await ask('why is checkout slow?')
    expect(failing.answer).toContain('I found no cause')
    expect(failing.answer).toContain('failed: down')
    const { answer } = await ask('why is checkout slow?', { offer: () => false })
    expect(answer).toContain('I found no cause')
    expect(answer).toContain('`query_metrics` is not available to you')
  })

  it('concludes from what it has when no tool may be called any more', async () => {
    const { answer, steps } = await ask('why is checkout slow?', { concludeAt: 3 })
    expect(steps).toHaveLength(3)
    expect(answer).toContain(`**Cause: most likely the deployment of ${incident().service} ${incident().version}`)
  })
})

describe('asked something else', () => {
  it.each(['Which services are slow?', 'Welche Dienste sind langsam?'])(
    'tells which services are slow: %s',
    async (question) => {
      const { answer } = await ask(question)
      expect(answer).toMatch(/\*\*[^*]*: (checkout|payments), (checkout|payments), storefront\.\*\*/)
      expect(answer).toMatch(/\| inventory \| \d+ ms \| \d+ ms \|/)
    },
  )

  it.each(['What is firing right now?', 'Welche Alarme feuern?'])('tells what is firing: %s', async (question) => {
    const { answer } = await ask(question)
    expect(answer).toMatch(/\*\*3 (alerts are firing|Alarme feuern)\.\*\*/)
    expect(answer).toContain('| CheckoutLatencyHigh | checkout | critical | firing |')
    expect(answer).not.toContain('InventoryCpuHigh')
  })

  it('answers the latest question of a conversation, with calls of its own', async () => {
    const earlier = [
      { role: 'user' as const, content: [{ type: 'text' as const, text: 'why is checkout slow?' }] },
      { role: 'assistant' as const, content: [{ type: 'text' as const, text: '**Cause: payments v2.14.0**' }] },
    ]
    const { answer, called } = await ask('And what is firing?', { earlier })
    expect(called).toEqual(['shop__list_alerts'])
    expect(answer).toContain('alerts are firing')
  })

  it.each(['What is the capital of France?', 'Write a poem about slow services', 'hello', 'Wie wird das Wetter?'])(
    'declines plainly and says what it is: %s',
    async (question) => {
      const { answer, called } = await ask(question)
      expect(called).toEqual([])
      expect(answer).toMatch(/scripted demo model, not a language model|geskriptetes Demo-Modell, kein Sprachmodell/)
    },
  )
})

describe('asked to act', () => {
  it('restarts the service when the tool is offered, and tells what came back', async () => {
    const { answer, called } = await ask('Please restart payments')
    expect(called).toEqual(['shop__restart_service'])
    expect(answer).toContain('payments was restarted at')
    expect(telemetry.ledger.calls.at(-1)).toMatchObject({ tool: 'restart_service', tookEffect: true })
  })

  it('says that the tool is not available when it is not offered, and calls nothing', async () => {
    const calls = telemetry.ledger.calls.length
    const offer = (tool: { name: string }) => tool.name !== 'restart_service' && tool.name !== 'silence_alert'
    for (const question of ['Restart the payments service', 'silence CheckoutLatencyHigh']) {
      expect((await ask(question, { offer })).answer).toContain('not available to you')
    }
    expect((await ask('Starte payments bitte neu', { offer })).answer).toContain('nicht zur Verfügung')
    expect(telemetry.ledger.calls.length).toBe(calls)
  })

  it('silences the alert that is named, and asks which one when several fire', async () => {
    const unclear = await ask('silence the alert')
    expect(unclear.answer).toContain('Which alert?')
    const { answer, called } = await ask('Silence CheckoutErrorsHigh for 45 minutes')
    expect(called).toEqual(['shop__silence_alert'])
    expect(answer).toContain('CheckoutErrorsHigh is silenced until')
    expect(telemetry.ledger.calls.at(-1)?.arguments).toMatchObject({
      alert: 'CheckoutErrorsHigh',
      duration_minutes: 45,
    })
  })

  it('does not claim success when the tool failed', async () => {
    telemetry.faults.set({ tool: 'restart_service', fail: 'the cluster refused' })
    const { answer } = await ask('restart inventory')
    expect(answer).toContain('**Not confirmed.**')
    expect(answer).toContain('the cluster refused')
  })
})
