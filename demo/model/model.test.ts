import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { APICallError } from '@ai-sdk/provider'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readDirectives } from './directives.ts'
import { allObjectsIn } from './extract.ts'
import { type ModelServer, startModelServer } from './http.ts'
import type { SeenRequest } from './ledger.ts'
import { modelAt, type Step, streamStep } from './testing.ts'

let server: ModelServer

beforeEach(async () => {
  server = await startModelServer({ tokensPerSecond: 1e9, scripts: true })
})
afterEach(() => server.close())

type Message = Record<string, unknown>
const user = (content: string): Message => ({ role: 'user', content })
const called = (id: string): Message => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'list_services', arguments: '{}' } }],
})
const answered = (id: string): Message => ({ role: 'tool', tool_call_id: id, content: '5 services.' })
const post = (body: object, signal?: AbortSignal) =>
  fetch(`${server.url}/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'm', ...body }), signal })
const ledger = async () =>
  (await (await fetch(`${server.origin}/ledger`)).json()) as { count: number; open: number; requests: SeenRequest[] }
const tool = (name: string) => ({ type: 'function' as const, name, inputSchema: { type: 'object' as const } })
const ask = (text: string, tools: string[] = []): Promise<Step> =>
  streamStep(modelAt(server.url), {
    prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: tools.map(tool),
  })
const words = (count: number, letter = 'w') =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`).join(' ')
const failureOf = async (text: string) => {
  const error = await ask(text).then(
    () => null,
    (reason: unknown) => reason,
  )
  return APICallError.isInstance(error) ? error : null
}

describe('the protocol', () => {
  it('streams chunks with a role, reasoning, fragments of calls, a finish reason, usage and [DONE]', async () => {
    const tools = [{ type: 'function', function: { name: 's__list_alerts', parameters: {} } }]
    const body = { messages: [user('why is it slow?')], tools, stream: true, stream_options: { include_usage: true } }
    const response = await post(body)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const lines = (await response.text()).split('\n\n').filter(Boolean)
    expect(lines.at(-1)).toBe('data: [DONE]')
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.replace(/^data: /, '')))
    expect(chunks.every((chunk) => chunk.object === 'chat.completion.chunk' && chunk.id === chunks[0].id)).toBe(true)
    expect(chunks[0].choices[0].delta).toMatchObject({ role: 'assistant', reasoning_content: expect.any(String) })
    const fragments = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
    expect(fragments[0]).toMatchObject({
      index: 0,
      type: 'function',
      function: { name: 's__list_alerts', arguments: '' },
    })
    const rest = fragments.slice(1).map((fragment) => fragment.function.arguments)
    expect(rest.length).toBeGreaterThan(1)
    expect(JSON.parse(rest.join(''))).toEqual({ state: 'all' })
    expect(chunks.at(-2).choices[0].finish_reason).toBe('tool_calls')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } })
  })

  it('gives no usage chunk unless asked, and a whole completion when not streaming', async () => {
    const text = await (await post({ messages: [user('[[words:3]]')], stream: true })).text()
    expect(text).not.toContain('"usage"')
    const whole = await (await post({ messages: [user('[[words:3]] [[reasoning:2]]')] })).json()
    expect(whole).toMatchObject({
      object: 'chat.completion',
      choices: [
        { message: { role: 'assistant', content: 'w1 w2 w3', reasoning_content: 'r1 r2' }, finish_reason: 'stop' },
      ],
      usage: { completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } },
    })
  })

  it('lists its model, and answers errors in the form of OpenAI', async () => {
    expect(await (await fetch(`${server.url}/models`)).json()).toMatchObject({ data: [{ id: 'longwatch-demo' }] })
    const bad = await fetch(`${server.url}/chat/completions`, { method: 'POST', body: '{' })
    expect([bad.status, await bad.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }])
    expect((await post({ messages: [] })).status).toBe(400)
    expect((await fetch(`${server.url}/embeddings`)).status).toBe(404)
  })

  it.each([
    [
      [{ role: 'system', content: 'Write a short title for this conversation.' }, user('Why is checkout slow?')],
      'Why is checkout slow',
    ],
    [
      [
        user(
          'Give this conversation a short title of at most six words.\n\nUser: why are payments failing?\nAssistant: …',
        ),
      ],
      'Why are payments failing',
    ],
    [
      [
        {
          role: 'system',
          content: 'You name conversations. Answer with a title for the conversation below and nothing else.',
        },
        user('Question: Find the cause of the latency since this morning\n\nAnswer: **Cause: …'),
      ],
      'Find the cause of the latency since',
    ],
    [[{ role: 'system', content: 'A short title, please' }, user('[[status:500]] what is firing')], 'What is firing'],
  ])('gives a short title when asked for one', async (messages, title) => {
    const answer = await (await post({ messages })).json()
    expect(answer).toMatchObject({ choices: [{ message: { content: title } }] })
    expect((await ledger()).requests.at(-1)).toMatchObject({ kind: 'title', status: 'completed' })
  })

  it('obeys orders for a question whose text does not show them', async () => {
    const order = { question: 'Is it quiet?', directives: '[[say:Very quiet.]]' }
    const url = new URL('/orders', server.origin)
    const send = (body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) })
    expect((await send({ question: 'Is it quiet?' })).status).toBe(400)
    await send(order)
    const asked = await (await post({ messages: [user('Is it quiet?')] })).json()
    expect(asked).toMatchObject({ choices: [{ message: { content: 'Very quiet.' } }] })
    const other = await (await post({ messages: [user('Is it quiet now?')] })).json()
    expect(other).not.toMatchObject({ choices: [{ message: { content: 'Very quiet.' } }] })
  })

  it('stops at the limit of tokens and says so', async () => {
    const whole = await (await post({ messages: [user('hello')], max_tokens: 10 })).json()
    expect(whole).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 10 } })
  })

  it.each([
    [
      [
        user('[[calls:9]]'),
        called('a'),
        answered('a'),
        user('[Longwatch: this run is about to reach its limit. Conclude now.]'),
      ],
    ],
    [[user('[[calls:9]]\n\n[Longwatch: this run is about to reach its limit. Conclude now.]')]],
  ])('concludes when the agent tells it to, in a message or behind the question', async (messages) => {
    const tools = [{ type: 'function', function: { name: 'list_services' } }]
    const { choices } = await (await post({ messages, tools })).json()
    expect(choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: expect.stringMatching(/\d of 9 steps done/) },
    })
  })

  it('counts calls that the agent left out of the context as made', async () => {
    const note =
      '[Longwatch: to save room these were left out: 2 earlier steps of this run. Calls already made there:\n- list_services({}) → ev_1 (2 times)]'
    const tools = [{ type: 'function', function: { name: 'list_services' } }]
    const messages = [user(`[[calls:3]]\n\n${note}`), called('a'), answered('a')]
    const { choices } = await (await post({ messages, tools })).json()
    expect(choices[0].message.content).toBe('3 of 3 steps done.')
  })

  it('keeps to its rate', async () => {
    const started = performance.now()
    const step = await ask('[[words:30]] [[rate:100]]')
    expect(step.text).toBe(words(30))
    expect(performance.now() - started).toBeGreaterThan(270)
  })

  it('takes no orders and shows no ledger without --scripts', async () => {
    const plain = await startModelServer({ tokensPerSecond: 1e9 })
    const body = JSON.stringify({ model: 'm', messages: [user('[[status:500]] hello')] })
    expect((await fetch(`${plain.url}/chat/completions`, { method: 'POST', body })).status).toBe(200)
    expect((await fetch(`${plain.origin}/ledger`)).status).toBe(404)
    await plain.close()
  })
})

describe('directives', () => {
  it('stream numbered words after numbered reasoning', async () => {
    const step = await ask('please [[words:400]] [[reasoning:20]]')
    expect(step).toMatchObject({ text: words(400), reasoning: words(20, 'r'), finishReason: 'stop', outputTokens: 420 })
  })

  it('fail for ever, or so many times and then work, asking to wait', async () => {
    expect(await failureOf('[[status:500]] a')).toMatchObject({ statusCode: 500 })
    expect(await failureOf('[[status:500]] a')).toMatchObject({ statusCode: 500 })
    const twice = '[[status:429:2]] [[words:2]]'
    expect(await failureOf(twice)).toMatchObject({ statusCode: 429, responseHeaders: { 'retry-after': '1' } })
    expect(await failureOf(twice)).toMatchObject({ statusCode: 429 })
    expect((await ask(twice)).text).toBe('w1 w2')
    expect((await ledger()).requests.map((seen) => seen.httpStatus)).toEqual([500, 500, 429, 429, 200])
  })

  it('answer garbage, half a line, or an error in the middle of the stream', async () => {
    const garbage = await ask('[[garbage]]')
    expect(garbage.errors.length + (garbage.text === '' ? 1 : 0)).toBeGreaterThan(0)
    const error = await ask('[[error-chunk]]')
    expect([error.text, error.errors.length]).toEqual(['w1 w2 w3', 1])
    const half = await post({ messages: [user('[[half-line]]')], stream: true })
    let received = ''
    const read = async () => {
      for await (const chunk of half.body ?? []) received += new TextDecoder().decode(chunk)
    }
    await expect(read()).rejects.toThrow()
    expect(received).toMatch(/"cont$/)
  })

  it('say nothing, or fall silent, and note when the client leaves', async () => {
    for (const [question, tokens] of [
      ['[[silent]]', 0],
      ['[[stall:7]]', 7],
      ['[[words:1000]] [[rate:200]]', null],
    ] as const) {
      const controller = new AbortController()
      const pending = post({ messages: [user(question)], stream: true }, controller.signal).then((response) =>
        response.text(),
      )
      pending.catch(() => undefined)
      await vi.waitFor(() => expect(server.ledger.requests.at(-1)).toMatchObject({ question, status: 'open' }))
      if (tokens) await vi.waitFor(() => expect(server.ledger.requests.at(-1)?.tokens).toBe(tokens))
      controller.abort()
      await vi.waitFor(() => expect(server.ledger.requests.at(-1)?.status).toBe('aborted'))
    }
    expect(await ledger()).toMatchObject({ count: 3, open: 0 })
  })

  it('make the calls that they name, in parallel, whatever prefix the tools carry', async () => {
    const step = await ask('[[call:query_metrics:{"metric":"x]]y"}]] [[call:nosuch:{}]]', [
      'shop__query_metrics_0a1b2c3d',
      'other',
    ])
    expect(step.calls.map((call) => [call.name, call.arguments])).toEqual([
      ['shop__query_metrics_0a1b2c3d', '{"metric":"x]]y"}'],
      ['nosuch', '{}'],
    ])
    const cut = await ask('[[cut-call:restart_service]]', ['shop__restart_service'])
    expect(cut).toMatchObject({ finishReason: 'length', calls: [{ name: 'shop__restart_service' }] })
  })

  it('report the results of the calls, and make so many steps', async () => {
    const tools = ['shop__list_services', 'shop__query_logs'].map((name) => ({
      type: 'function',
      function: { name, parameters: {} },
    }))
    const history: Message[] = [user('[[calls:2]] [[words:2]]')]
    for (const step of [1, 2]) {
      const { choices } = await (await post({ messages: history, tools })).json()
      expect(choices[0].message).toMatchObject({ tool_calls: [{ function: { name: 'shop__list_services' } }] })
      const id = choices[0].message.tool_calls[0].id
      history.push(choices[0].message, { role: 'tool', tool_call_id: id, content: `result ${step}` })
    }
    const last = await (await post({ messages: history, tools })).json()
    expect(last.choices[0].message.content).toBe('2 of 2 steps done.\n\nw1 w2')
    history[0] = user('[[call:query_logs:{}]]')
    const report = await (await post({ messages: history, tools })).json()
    expect(report.choices[0].message.content).toContain('`shop__list_services` answered: `result 2`')
  })

  it('strike one step only when told which', async () => {
    expect((await ask('[[status:500]] [[step:2]] [[words:1]]')).text).toBe('w1')
    expect(await failureOf('[[status:500]] [[step:1]] [[words:1]]')).toMatchObject({ statusCode: 500 })
  })

  it('are taken out of the question, other brackets stay', () => {
    const { directives, rest } = readDirectives('a [[b c [[rate:5]] d [[wait-first:9]]')
    expect([directives.rate, directives.waitFirstMilliseconds, rest]).toEqual([5, 9, 'a [[b c  d'])
    expect(readDirectives('[[words:3').directives.words).toBe(3)
  })
})

describe('reading results', () => {
  it('finds the whole objects in a text that was cut, and those inside of texts', () => {
    expect(allObjectsIn('head\n{"a":1}\n{"b":{"c":2},"d":[{"e":"}"},{"f').length).toBe(3)
    expect(allObjectsIn('{"text":"x {\\"a\\":1}"}')).toContainEqual({ a: 1 })
    expect(allObjectsIn('{'.repeat(5000))).toEqual([])
  })
})

it('runs as its own process, says where it listens, and leaves on SIGTERM', async () => {
  const path = fileURLToPath(new URL('./server.ts', import.meta.url))
  const child = spawn(process.execPath, [path, '--port', '0', '--tokens-per-second', '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const url = /^demo model listening on (http:\/\/127\.0\.0\.1:\d+\/v1)$/.exec(line)?.[1]
  expect((await fetch(`${url}/models`)).status).toBe(200)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})
