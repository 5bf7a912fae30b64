import { beforeAll, describe, expect, it } from 'vitest'
import { buildPrompt, type PromptInput, promptBudget } from '@/lib/agent/context/build'
import { assistantMessage, formErrors, promptText, step, toolPart, userMessage } from '@/lib/agent/context/testing'
import { countTokensSync, loadTokenizer } from '@/lib/agent/tokens'
import { streamModel } from '@/lib/models/stream'
import { answerStatus, responsesModel, startUpstream } from '@/lib/models/testing'

beforeAll(loadTokenizer)

const input = (overrides: Partial<PromptInput> = {}): PromptInput => ({
  system: 'You are Longwatch.',
  history: [],
  question: 'Why is checkout slow?',
  steps: [],
  tools: [],
  model: { contextTokens: 128_000, maxOutputTokens: 4_000 },
  ...overrides,
})

const words = (count: number, word = 'latency') => Array.from({ length: count }, (_, i) => `${word}${i % 10}`).join(' ')

describe('a prompt that fits', () => {
  it('is system prompt, earlier turns, question and steps, and reports nothing', async () => {
    const history = [
      userMessage('u1', 'Which services are there?'),
      assistantMessage('a1', [
        { type: 'step-start' },
        { type: 'reasoning', text: 'private thoughts', providerMetadata: { openai: { itemId: 'rs_1' } } },
        toolPart('c1', 'cart, checkout'),
        { type: 'step-start' },
        { type: 'text', text: 'Cart and checkout.', providerMetadata: { openai: { itemId: 'msg_1' } } },
      ]),
    ]
    const { prompt, context } = await buildPrompt(input({ history, steps: [step('s1', 'slow disk')] }))
    expect(context).toBeNull()
    expect(prompt.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
      'assistant',
      'tool',
    ])
    expect(formErrors(prompt)).toEqual([])
    expect(promptText(prompt)).not.toMatch(/private thoughts|rs_1|msg_1/)
    expect(promptText(prompt)).toContain('slow disk')
  })

  it('returns reasoning and metadata of the steps of this run', async () => {
    const own = step('s1', 'x')
    own.content.unshift({
      type: 'reasoning',
      text: 'thinking',
      providerOptions: { openai: { itemId: 'rs_9', reasoningEncryptedContent: 'zzz' } },
    })
    const { prompt } = await buildPrompt(input({ steps: [own] }))
    expect(prompt.at(-2)?.content[0]).toEqual(own.content[0])
  })

  it('ends with the instruction to conclude', async () => {
    const { prompt } = await buildPrompt(input({ steps: [step('s1', 'x')], conclude: 'Conclude now.' }))
    expect(prompt.at(-1)).toEqual({ role: 'user', content: [{ type: 'text', text: 'Conclude now.' }] })
  })
})

describe('what would poison the history', () => {
  it('never sends an empty assistant message', async () => {
    const history = [
      userMessage('u1', 'first'),
      assistantMessage('a1', []),
      userMessage('u2', 'second'),
      assistantMessage('a2', [{ type: 'text', text: '  ' }]),
    ]
    const { prompt } = await buildPrompt(input({ history }))
    expect(prompt.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(promptText(prompt)).toMatch(/first.*second.*Why is checkout slow/)
  })

  it('says of a stopped and of a failed answer what it is, and keeps its text', async () => {
    const history = [
      userMessage('u1', 'first'),
      assistantMessage('a1', [{ type: 'text', text: 'Half an ans' }], { status: 'cancelled' }),
      userMessage('u2', 'second'),
      assistantMessage('a2', [toolPart('c', 'r')], {
        status: 'failed',
        error: { code: 'x', message: 'The model is away.' },
      }),
    ]
    const { prompt } = await buildPrompt(input({ history }))
    expect(promptText(prompt)).toMatch(/Half an ans.*stopped by a person/)
    expect(promptText(prompt)).toContain('The model is away.')
    expect(formErrors(prompt)).toEqual([])
  })

  it('repairs calls without a result, with broken arguments, broken names and repeated ids', async () => {
    const base = { type: 'dynamic-tool' as const, toolName: 'a tool.with/odd:name' }
    const history = [
      userMessage('u1', 'first'),
      assistantMessage('a1', [
        { ...base, toolCallId: 'same', state: 'input-available', input: { a: 1 } },
        { ...base, toolCallId: 'cut', state: 'input-streaming', input: undefined },
        { ...base, toolCallId: 'bad', state: 'output-error', input: '{"a":', errorText: 'Not valid JSON.' },
        toolPart('x'.repeat(90), 'fine'),
      ]),
      userMessage('u2', 'second'),
      assistantMessage('a2', [toolPart('same', 'one'), { type: 'text', text: 'done' }]),
    ]
    const own = step('same', 'mine')
    const { prompt } = await buildPrompt(input({ history, steps: [{ ...own, results: [] }] }))
    expect(formErrors(prompt)).toEqual([])
    const text = promptText(prompt)
    expect(text).not.toContain('"cut"')
    expect(text).toContain('a_tool_with_odd_name')
    expect(text).toContain('Not valid JSON.')
    expect(text.match(/No result: the run was interrupted/g)).toHaveLength(2)
  })

  it('keeps the ids of this run’s calls when an earlier turn used the same', async () => {
    const history = [userMessage('u', 'q'), assistantMessage('a', [toolPart('s1_0', 'old')])]
    const { prompt } = await buildPrompt(input({ history, steps: [step('s1', 'new')] }))
    expect(prompt.at(-1)?.content[0]).toMatchObject({ toolCallId: 's1_0', output: { value: 'new' } })
    expect(formErrors(prompt)).toEqual([])
  })

  it('sends no half of a character', async () => {
    const history = [userMessage('u', 'broken \ud83d'), assistantMessage('a', [toolPart('c', '\udc00 tail')])]
    const { prompt } = await buildPrompt(input({ history, question: 'x\ud83d' }))
    for (const text of promptText(prompt).match(/\\ud[89a-f]../gi) ?? []) expect(text).toBe('none')
  })
})

describe('a prompt that does not fit', () => {
  const small = { contextTokens: 4_000, maxOutputTokens: 500 }

  it('first shrinks old previews to a line, oldest first, and says how much', async () => {
    const history = [
      userMessage('u1', 'one'),
      assistantMessage('a1', [toolPart('c1', words(1_000, 'alpha')), { type: 'text', text: 'ANSWER-ONE' }]),
      userMessage('u2', 'two'),
      assistantMessage('a2', [toolPart('c2', words(1_000, 'beta')), { type: 'text', text: 'ANSWER-TWO' }]),
    ]
    const { prompt, context } = await buildPrompt(input({ history, model: small }))
    const text = promptText(prompt)
    expect(context).toMatchObject({ shrunkResults: 1, droppedTurns: 0 })
    expect(context?.tokensAfter).toBeLessThan(context?.tokensBefore ?? 0)
    expect(text).toMatch(/query_metrics\(.*evidenceId .*ev_c1.*page it with read_evidence/)
    expect(text).not.toContain('alpha3')
    expect(text).toContain('beta3')
    expect(text).toContain('ANSWER-ONE')
  })

  it('then this run’s older results, never the newest', async () => {
    const steps = [step('s1', words(900, 'older')), step('s2', words(900, 'newest'))]
    const { prompt, context } = await buildPrompt(input({ steps, model: small }))
    expect(context).toMatchObject({ shrunkResults: 1, droppedTurns: 0 })
    expect(promptText(prompt)).toContain('ev_s1_0')
    expect(promptText(prompt)).toContain(JSON.stringify(words(900, 'newest')))
  })

  it('then the oldest turns go whole, and a ledger keeps the calls that were made in them', async () => {
    const history = Array.from({ length: 12 }, (_, i) => [
      userMessage(`u${i}`, `QUESTION-${i}.`),
      assistantMessage(`a${i}`, [
        toolPart(`c${i}`, words(50), { query: `rate(errors${i}[5m])` }),
        { type: 'text', text: words(400) },
      ]),
    ]).flat()
    const { prompt, context } = await buildPrompt(input({ history, model: small }))
    const text = promptText(prompt)
    expect(context?.droppedTurns).toBeGreaterThan(3)
    expect(text).not.toContain('QUESTION-0.')
    expect(text).toContain('QUESTION-11.')
    expect(text).toMatch(/Calls already made there.*rate\(errors0\[5m\]\)/)
    expect(formErrors(prompt)).toEqual([])
  })

  it('cuts even the newest results when nothing else is left, keeping beginning and end', async () => {
    const results = ['a', 'b', 'c'].map((name) => `BEGIN-${name} ${words(5_000)} END-${name}`)
    const { prompt, context } = await buildPrompt(input({ steps: [step('s', 'tiny', ...results)], model: small }))
    const text = promptText(prompt)
    for (const name of ['a', 'b', 'c']) expect(text).toMatch(new RegExp(`BEGIN-${name}.*left out.*END-${name}`))
    expect(text).toContain('tiny')
    expect(context).toMatchObject({ shrunkResults: 3 })
    expect(context?.tokensAfter).toBeLessThanOrEqual(promptBudget(small))
  })

  it('is refused with a code when not even the question fits', async () => {
    await expect(buildPrompt(input({ question: words(5_000), model: small }))).rejects.toMatchObject({
      code: 'context_too_long',
    })
  })

  it('is not refused for its bytes: a question of many more bytes than tokens fits by its tokens', async () => {
    const model = { contextTokens: 4_000, maxOutputTokens: 1_000 }
    const question = words(1_000)
    const budget = promptBudget(model)
    expect(Buffer.byteLength(question)).toBeGreaterThan(budget)
    await expect(buildPrompt(input({ question, model }))).resolves.toMatchObject({ context: null })
    // As many bytes, and more tokens than there is room for.
    const dense = Array.from({ length: 2_500 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7) % 20_000))).join('')
    await expect(buildPrompt(input({ question: dense, model }))).rejects.toMatchObject({ code: 'context_too_long' })
  })

  it('counts the tools’ schemas', async () => {
    const tools = [{ type: 'function' as const, name: 'big', description: words(3_500), inputSchema: {} }]
    await expect(buildPrompt(input({ tools, model: small }))).rejects.toMatchObject({ code: 'context_too_long' })
  })
})

describe('on the wire', () => {
  it('a step goes back to the Responses API with its encrypted reasoning, call and result', async () => {
    const own = step('s1', 'slow disk')
    const providerOptions = { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'sealed' } }
    own.content.unshift({ type: 'reasoning', text: '', providerOptions })
    const { prompt } = await buildPrompt(input({ steps: [own] }))
    const upstream = await startUpstream(answerStatus(400))
    try {
      const call = { prompt, tools: [], signal: new AbortController().signal }
      await expect(streamModel(responsesModel(upstream), call).next()).rejects.toMatchObject({ name: 'ModelError' })
      const sent = upstream.requests[0]?.body.input as unknown[] | undefined
      expect(sent?.slice(-3)).toMatchObject([
        { type: 'reasoning', encrypted_content: 'sealed' },
        { type: 'function_call', call_id: 's1_0', name: 'query_logs', arguments: '{"service":"shop-s1"}' },
        { type: 'function_call_output', call_id: 's1_0', output: 'slow disk' },
      ])
    } finally {
      await upstream.close()
    }
  })
})

describe('work', () => {
  it('of a later step is what is new, in a conversation of 200 turns', async () => {
    const history = Array.from({ length: 200 }, (_, i) => [
      userMessage(`u${i}`, `question ${i}`),
      assistantMessage(`a${i}`, [toolPart(`c${i}`, words(2_000, `v${i}x`)), { type: 'text', text: words(100) }]),
    ]).flat()
    const steps = [step('s0', words(2_000))]
    const first = performance.now()
    await buildPrompt(input({ history, steps }))
    const second = performance.now()
    for (let index = 1; index <= 20; index++) {
      steps.push(step(`s${index}`, words(500, `w${index}x`)))
      const { prompt } = await buildPrompt(input({ history, steps }))
      expect(formErrors(prompt)).toEqual([])
    }
    const perStep = (performance.now() - second) / 20
    expect(perStep).toBeLessThan((second - first) / 3)
    expect(perStep).toBeLessThan(150)
  })

  it('leaves the room for the answer in every window', () => {
    for (const contextTokens of [1_000, 8_000, 128_000])
      for (const maxOutputTokens of [100, 4_096, 1_000_000])
        expect(promptBudget({ contextTokens, maxOutputTokens })).toBeGreaterThan(contextTokens * 0.3)
    expect(countTokensSync('x')).toBe(1)
  })
})
