// The few journeys that want a real language model; `npm run test:llm` starts the demo with it and runs these.
import assert from 'node:assert/strict'
import { test } from 'node:test'

const BASE = process.env.LONGWATCH_URL ?? 'http://127.0.0.1:3000'
const HEADERS = {
  authorization: 'Bearer lw_demo_token_of_the_editor_in_acme_0001',
  'content-type': 'application/json',
}
const PATIENCE = 10 * 60_000

interface Part {
  type: string
  text?: string
  toolName?: string
  state?: string
}

interface Answer {
  sessionId: string
  status: string
  text: string
  tools: string[]
}

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${BASE}${path}`, {
    method,
    headers: HEADERS,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  })
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`)
  return response
}

/** Asks, follows the run to its end and gives the stored answer. */
async function ask(message: string, sessionId?: string): Promise<Answer> {
  const started = await (await call('POST', '/api/agent/runs', { message, sessionId })).json()
  const events = await (await call('GET', `/api/agent/runs/${started.runId}/events`)).text()
  assert.ok(events.trimEnd().endsWith('data: [DONE]'), 'the stream ends with [DONE]')
  const run = await (await call('GET', `/api/agent/runs/${started.runId}`)).json()
  assert.equal(run.status, 'completed', JSON.stringify(run.error))
  assert.ok(run.usage.inputTokens > 0 && run.usage.outputTokens > 0, 'the model told its usage')
  const session = await (await call('GET', `/api/sessions/${started.sessionId}`)).json()
  const parts: Part[] = session.messages.at(-1).parts
  return {
    sessionId: started.sessionId,
    status: run.status,
    text: parts.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join('\n'),
    tools: parts.flatMap((part) => (part.type === 'dynamic-tool' ? [part.toolName ?? ''] : [])),
  }
}

test('finds the cause of the incident with the tools, and goes on from it', { timeout: PATIENCE }, async () => {
  const answer = await ask('Why is checkout slow?')
  assert.ok(answer.tools.length >= 2, `tools called: ${answer.tools.join(', ') || 'none'}`)
  assert.match(answer.text, /payments/i)
  assert.match(answer.text, /pool/i)
  const next = await ask('Which version introduced that? Answer in one sentence.', answer.sessionId)
  assert.match(next.text, /2\.14\.0/)
})

test('answers in the language of the question', { timeout: PATIENCE }, async () => {
  const { text } = await ask('Welche Alarme sind gerade aktiv? Antworte kurz.')
  assert.match(text, /\b(ist|sind|der|die|und|seit)\b/i)
})

test('does not invent what no tool told', { timeout: PATIENCE }, async () => {
  const { text } = await ask('What is the p95 latency of the service "warp-drive"?')
  assert.doesNotMatch(text, /p95[^.]{0,40}\b\d+(\.\d+)?\s?(ms|s)\b/i)
})
