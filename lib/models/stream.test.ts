import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ModelError } from '@/lib/models/errors'
import { type ModelCall, streamModel } from '@/lib/models/stream'
import {
  type Answer,
  answerStatus,
  answerText,
  chunk,
  compatibleModel,
  openStream,
  responsesModel,
  sse,
  startUpstream,
  type Upstream,
  usageChunk,
} from '@/lib/models/testing'
import type { ResolvedModel } from '@/lib/models/types'

const SECRET = 'sk-live-do-not-show-me'
const upstreams: Upstream[] = []

afterEach(async () => {
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()))
})

async function serve(...answers: Answer[]): Promise<Upstream> {
  const upstream = await startUpstream(...answers)
  upstreams.push(upstream)
  return upstream
}

const call = (overrides: Partial<ModelCall> = {}): ModelCall => ({
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'why?' }] }],
  tools: [],
  signal: new AbortController().signal,
  ...overrides,
  timing: { backoff: 2, ...overrides.timing },
})

interface Read {
  parts: LanguageModelV4StreamPart[]
  error: unknown
}

async function read(model: ResolvedModel, given = call()): Promise<Read> {
  const parts: LanguageModelV4StreamPart[] = []
  try {
    for await (const part of streamModel(model, given)) parts.push(part)
  } catch (error) {
    return { parts, error }
  }
  return { parts, error: null }
}

const textOf = ({ parts }: Read) => parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : [])).join('')
const codeOf = ({ error }: Read) => (error instanceof ModelError ? error.code : error)
const typesOf = ({ parts }: Read) => parts.map(({ type }) => type)

describe('an answer of an OpenAI-compatible endpoint', () => {
  it('arrives part by part with its usage, because usage was asked for', async () => {
    const upstream = await serve(answerText('slow', ' disk'))
    const result = await read(compatibleModel(upstream))
    expect(result.error).toBeNull()
    expect(textOf(result)).toBe('slow disk')
    expect(result.parts.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: { unified: 'stop' },
      usage: { inputTokens: { total: 7 }, outputTokens: { total: 2 } },
    })
    expect(upstream.requests[0]?.body).toMatchObject({ stream_options: { include_usage: true }, max_tokens: 100 })
  })

  it('brings reasoning as reasoning parts and calls as tool calls', async () => {
    const upstream = await serve((response) =>
      openStream(response).end(
        sse(
          chunk({ reasoning_content: 'look at' }),
          chunk({ reasoning_content: ' metrics' }),
          chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'query', arguments: '{"a"' } }] }),
          chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
          chunk({}, 'tool_calls'),
          usageChunk(1, 2),
          '[DONE]',
        ),
      ),
    )
    const tools = [{ type: 'function' as const, name: 'query', inputSchema: { type: 'object' as const } }]
    const result = await read(compatibleModel(upstream), call({ tools }))
    expect(typesOf(result)).toEqual(
      expect.arrayContaining(['reasoning-start', 'reasoning-delta', 'reasoning-end', 'tool-input-start', 'tool-call']),
    )
    expect(result.parts.find(({ type }) => type === 'tool-call')).toMatchObject({ toolName: 'query', input: '{"a":1}' })
    expect(result.parts.at(-1)).toMatchObject({ finishReason: { unified: 'tool-calls' } })
    expect(upstream.requests[0]?.body).toMatchObject({ tool_choice: 'auto' })
  })

  it('is read at the pace of a slow model as long as it never falls silent', async () => {
    const upstream = await serve((response) => {
      openStream(response)
      let words = 0
      const timer = setInterval(() => {
        response.write(sse(chunk({ content: 'x' })))
        words += 1
        if (words < 8) return
        clearInterval(timer)
        response.end(sse(chunk({}, 'stop'), '[DONE]'))
      }, 20)
    })
    const result = await read(compatibleModel(upstream), call({ timing: { firstDelta: 120, betweenParts: 120 } }))
    expect(result.error).toBeNull()
    expect(textOf(result)).toBe('xxxxxxxx')
  })

  it('does not time out while its reader is busy', async () => {
    const upstream = await serve(answerText('a', 'b', 'c'))
    const timing = { firstDelta: 40, betweenParts: 40 }
    let text = ''
    for await (const part of streamModel(compatibleModel(upstream), call({ timing }))) {
      if (part.type === 'text-delta') text += part.delta
      if (part.type === 'text-start') {
        const began = performance.now()
        await vi.waitFor(() => expect(performance.now() - began).toBeGreaterThan(80))
      }
    }
    expect(text).toBe('abc')
  })
})

describe('an answer of the Responses API', () => {
  const events = [
    { type: 'response.created', response: { id: 'r1', created_at: 1, model: 'gpt-5.1' } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e0' },
    },
    { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', summary_index: 0 },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 0, delta: 'Thinking of disks' },
    { type: 'response.reasoning_summary_part.done', item_id: 'rs_1', summary_index: 0 },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'encrypted' },
    },
    { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'msg_1' } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'The disk.' },
    { type: 'response.output_item.done', output_index: 1, item: { type: 'message', id: 'msg_1' } },
  ]
  const completed = { type: 'response.completed', response: { usage: { input_tokens: 9, output_tokens: 4 } } }

  it('brings reasoning summaries as reasoning parts, with the metadata that goes back', async () => {
    const upstream = await serve((response) => openStream(response).end(sse(...events, completed)))
    const result = await read(responsesModel(upstream))
    expect(result.error).toBeNull()
    const reasoning = result.parts.filter((part) => part.type === 'reasoning-delta').map(({ delta }) => delta)
    expect(reasoning.join('')).toBe('Thinking of disks')
    expect(JSON.stringify(result.parts.filter(({ type }) => type === 'reasoning-end'))).toContain('encrypted')
    expect(textOf(result)).toBe('The disk.')
    expect(result.parts.at(-1)).toMatchObject({ usage: { inputTokens: { total: 9 }, outputTokens: { total: 4 } } })
    expect(upstream.requests[0]).toMatchObject({ path: '/v1/responses', body: { store: false } })
    expect(upstream.requests[0]?.body).toMatchObject({ reasoning: { summary: 'auto' } })
  })

  it('is interrupted when it ends without its completion', async () => {
    const upstream = await serve((response) => openStream(response).end(sse(...events)))
    const result = await read(responsesModel(upstream))
    expect(codeOf(result)).toBe('model_interrupted')
    expect(textOf(result)).toBe('The disk.')
    expect(upstream.requests).toHaveLength(1)
  })

  it('is asked for again when it reports an overload before it says anything', async () => {
    const failed = {
      type: 'error',
      sequence_number: 1,
      error: { type: 'server_error', code: 'server_error', message: SECRET },
    }
    const upstream = await serve(
      (response) => openStream(response).end(sse(failed)),
      (response) => openStream(response).end(sse(...events, completed)),
    )
    expect(textOf(await read(responsesModel(upstream)))).toBe('The disk.')
  })

  it('does without summaries when the organisation may not have them, and remembers that', async () => {
    const refusal = JSON.stringify({
      error: {
        message: 'Your organization must be verified',
        type: 'invalid_request_error',
        param: 'reasoning.summary',
      },
    })
    const upstream = await serve(answerStatus(400, {}, refusal), (response) =>
      openStream(response).end(sse(...events, completed)),
    )
    const model = responsesModel(upstream)
    expect((await read(model)).error).toBeNull()
    expect((await read(model)).error).toBeNull()
    expect(upstream.requests).toHaveLength(3)
    expect(JSON.stringify(upstream.requests[2]?.body)).not.toContain('summary')
  })
})

describe('failures before anything was shown', () => {
  it('retries 500, 503 and 429 and then reads the answer once', async () => {
    const upstream = await serve(answerStatus(500), answerStatus(503), answerStatus(429), answerText('here'))
    const onRetry = vi.fn()
    const result = await read(compatibleModel(upstream), call({ onRetry }))
    expect(textOf(result)).toBe('here')
    expect(typesOf(result).filter((type) => type === 'stream-start')).toHaveLength(1)
    expect(onRetry.mock.calls.map(([info]) => [info.attempt, info.code])).toEqual([
      [1, 'model_overloaded'],
      [2, 'model_overloaded'],
      [3, 'model_rate_limited'],
    ])
  })

  it('gives up after four attempts', async () => {
    const upstream = await serve(answerStatus(503))
    expect(codeOf(await read(compatibleModel(upstream)))).toBe('model_overloaded')
    expect(upstream.requests).toHaveLength(4)
  })

  it.each([
    ['retry-after-ms', () => '30'],
    ['retry-after', () => '0.03'],
    ['retry-after', () => new Date(Date.now() + 1_500).toUTCString()],
  ])('waits as long as %s asks', async (header, value) => {
    const upstream = await serve(answerStatus(429, { [header]: value() }), answerText('ok'))
    const delays: number[] = []
    const onRetry = ({ delayMilliseconds }: { delayMilliseconds: number }) => delays.push(delayMilliseconds)
    const result = await read(compatibleModel(upstream), call({ onRetry }))
    expect(textOf(result)).toBe('ok')
    expect(delays[0]).toBeGreaterThanOrEqual(value().includes('GMT') ? 1 : 30)
    expect(delays[0]).toBeLessThan(2_000)
  })

  it('fails at once when the upstream asks for more than a minute, and says so', async () => {
    const upstream = await serve(answerStatus(429, { 'retry-after': '3600' }))
    const result = await read(compatibleModel(upstream))
    expect(result.error).toMatchObject({ code: 'model_rate_limited', retryable: false })
    expect((result.error as Error).message).toContain('3600 seconds')
    expect(upstream.requests).toHaveLength(1)
  })

  it('retries a connection that was dropped before the answer, then calls the model unreachable', async () => {
    const upstream = await serve((response) => response.destroy())
    expect(codeOf(await read(compatibleModel(upstream)))).toBe('model_unreachable')
    expect(upstream.requests).toHaveLength(4)
    await upstream.close()
    expect(codeOf(await read(compatibleModel(upstream)))).toBe('model_unreachable')
  })

  it('retries a connection that was lost behind the headers', async () => {
    const upstream = await serve((response) => {
      openStream(response).write('data: {"id":"c1","cho')
      setImmediate(() => response.destroy())
    }, answerText('again'))
    expect(textOf(await read(compatibleModel(upstream)))).toBe('again')
  })

  it.each([
    [401, '{"error":{"message":"bad key"}}', 'model_auth'],
    [403, '', 'model_auth'],
    [400, '{"error":{"message":"no such parameter"}}', 'model_bad_request'],
    [404, 'not here', 'model_bad_request'],
    [400, '{"error":{"message":"x","code":"context_length_exceeded"}}', 'model_context_too_long'],
    [400, '{"error":{"message":"This model\'s maximum context length is 4096 tokens"}}', 'model_context_too_long'],
    [429, '{"error":{"message":"pay","type":"insufficient_quota"}}', 'model_rate_limited'],
  ])('does not retry %i %s', async (status, body, code) => {
    const upstream = await serve(answerStatus(status, {}, body))
    expect(codeOf(await read(compatibleModel(upstream)))).toBe(code)
    expect(upstream.requests).toHaveLength(1)
  })

  it.each([
    [
      'a page instead of a stream',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${SECRET}`),
    ],
    ['garbage in the stream', (response) => openStream(response).end(`data: {${SECRET}\n\n`)],
    ['an object of another kind', (response) => openStream(response).end(sse({ hello: SECRET }))],
    ['nothing at all', (response) => openStream(response).end()],
  ] as [string, Answer][])('calls %s a protocol error', async (_, answer) => {
    const upstream = await serve(answer)
    const result = await read(compatibleModel(upstream))
    expect(codeOf(result)).toBe('model_protocol')
    expect(result.parts).toEqual([])
    expect(upstream.requests).toHaveLength(1)
  })

  it.each([
    [500, 'text/html', `<html>key ${SECRET}</html>`],
    [400, 'application/json', JSON.stringify({ error: { message: SECRET } })],
    [401, 'text/plain', SECRET],
  ])('shows nothing of a body of status %i', async (status, type, body) => {
    const upstream = await serve(answerStatus(status, { 'content-type': type }, body))
    const { error } = await read(compatibleModel(upstream), call({ timing: { attempts: 1 } }))
    const everything = `${String(error)} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`
    expect(everything).not.toContain(SECRET)
    expect((error as Error).cause).toBeUndefined()
  })
})

describe('failures in mid-answer', () => {
  it.each([
    [
      'half a line and a lost connection',
      'model_interrupted',
      (response) => {
        openStream(response).write(`${sse(chunk({ content: 'half' }))}data: {"id":"c`, () => response.destroy())
      },
    ],
    [
      'a clean end without a finish',
      'model_interrupted',
      (response) => openStream(response).end(sse(chunk({ content: 'half' }))),
    ],
    [
      'garbage',
      'model_protocol',
      (response) => openStream(response).write(`${sse(chunk({ content: 'half' }))}data: }{\n\n`),
    ],
    [
      'an error of the upstream',
      'model_overloaded',
      (response) =>
        openStream(response).end(sse(chunk({ content: 'half' }), { error: { message: SECRET, code: 503 } })),
    ],
    ['silence', 'model_timeout', (response) => openStream(response).write(sse(chunk({ content: 'half' })))],
  ] as [string, string, Answer][])('%s is not retried and leaves what was shown', async (_, code, answer) => {
    const upstream = await serve(answer)
    const result = await read(compatibleModel(upstream), call({ timing: { betweenParts: 60 } }))
    expect(codeOf(result)).toBe(code)
    expect(textOf(result)).toBe('half')
    expect(String((result.error as Error).message)).not.toContain(SECRET)
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('a silent model', () => {
  it.each([
    ['sends no headers', () => {}],
    ['sends headers and nothing else', (response) => openStream(response)],
    ['sends comments only', (response) => openStream(response).write(': keep-alive\n\n')],
  ] as [string, Answer][])('that %s times out and is really hung up on', async (_, answer) => {
    const upstream = await serve(answer)
    const result = await read(compatibleModel(upstream), call({ timing: { firstDelta: 60 } }))
    expect(codeOf(result)).toBe('model_timeout')
    expect(upstream.requests).toHaveLength(1)
    await vi.waitFor(() => expect(upstream.aborted).toBe(1))
  })
})

describe('giving up', () => {
  it.each([
    ['before headers', () => {}],
    ['in mid-answer', (response) => openStream(response).write(sse(chunk({ content: 'half' })))],
  ] as [string, Answer][])('%s throws the reason of the signal and aborts upstream', async (_, answer) => {
    const upstream = await serve(answer)
    const controller = new AbortController()
    const reason = new Error('stopped by a person')
    const reading = read(compatibleModel(upstream), call({ signal: controller.signal }))
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1))
    controller.abort(reason)
    expect((await reading).error).toBe(reason)
    await vi.waitFor(() => expect(upstream.aborted).toBe(1))
  })

  it('during a pause ends the pause', async () => {
    const upstream = await serve(answerStatus(503, { 'retry-after': '50' }))
    const controller = new AbortController()
    const result = await read(
      compatibleModel(upstream),
      call({ signal: controller.signal, onRetry: () => controller.abort() }),
    )
    expect(result.error).toMatchObject({ name: 'AbortError' })
    expect(upstream.requests).toHaveLength(1)
  })

  it('before the call makes no request', async () => {
    const upstream = await serve(answerText('x'))
    const result = await read(compatibleModel(upstream), call({ signal: AbortSignal.abort() }))
    expect(result.error).toMatchObject({ name: 'AbortError' })
    expect(upstream.requests).toHaveLength(0)
  })

  it('by leaving the loop aborts upstream', async () => {
    const upstream = await serve((response) => openStream(response).write(sse(chunk({ content: 'half' }))))
    for await (const part of streamModel(compatibleModel(upstream), call())) if (part.type === 'text-delta') break
    await vi.waitFor(() => expect(upstream.aborted).toBe(1))
  })
})
