import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPrompt, type PromptInput, promptBudget } from '@/lib/agent/context/build'
import type { StepRecord } from '@/lib/agent/context/step-record'
import { formErrors, toolPart } from '@/lib/agent/context/testing'
import type { LongwatchMessage } from '@/lib/agent/events'
import { countTokensSync, loadTokenizer } from '@/lib/agent/tokens'
import { isModelError } from '@/lib/models/errors'

beforeAll(loadTokenizer)

const text = fc
  .tuple(
    fc.constantFrom('error ', '漢字', '😀', 'é', '{"a":1},', 'x', ' ', '\n', 'ошибка ', '\ud83d'),
    fc.oneof({ weight: 4, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(1_500) }),
  )
  .map(([unit, times]) => unit.repeat(times))
const callId = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5', '', 'y'.repeat(80))
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom('{"half":', null, undefined, 7, [1]),
  fc.dictionary(text, text, { maxKeys: 2 }),
)
const name = fc.constantFrom('query_metrics', 'read.evidence', '', 'ünknown')

const toolParts = fc.tuple(callId, name, value, text, fc.nat(4)).map(([toolCallId, toolName, input, body, state]) => {
  const base = { type: 'dynamic-tool' as const, toolCallId, toolName }
  if (state === 0) return { ...base, state: 'input-streaming' as const, input }
  if (state === 1) return { ...base, state: 'input-available' as const, input }
  if (state === 2) return { ...base, state: 'output-error' as const, input, errorText: body }
  return { ...toolPart(toolCallId, body, input), toolName }
})
const part = fc.oneof(
  text.map((body) => ({ type: 'text' as const, text: body })),
  text.map((body) => ({ type: 'reasoning' as const, text: body })),
  fc.constant({ type: 'step-start' as const }),
  toolParts,
)
const message: fc.Arbitrary<LongwatchMessage> = fc
  .record({
    id: fc.uuid(),
    role: fc.constantFrom('user' as const, 'assistant' as const),
    parts: fc.array(part, { maxLength: 6 }),
    metadata: fc.record({ status: fc.constantFrom('completed' as const, 'cancelled' as const, 'failed' as const) }),
  })
  .map((one) => one as LongwatchMessage)
const stepRecord: fc.Arbitrary<StepRecord> = fc.record({
  content: fc.array(
    fc.oneof(
      text.map((body) => ({ type: 'text' as const, text: body })),
      text.map((body) => ({ type: 'reasoning' as const, text: body, providerOptions: { openai: { itemId: 'rs' } } })),
      fc.tuple(callId, name, value).map(([toolCallId, toolName, input]) => ({
        type: 'tool-call' as const,
        toolCallId,
        toolName,
        input,
      })),
    ),
    { maxLength: 5 },
  ),
  results: fc.array(
    fc.tuple(callId, text).map(([toolCallId, body]) => ({
      type: 'tool-result' as const,
      toolCallId,
      toolName: 'query_metrics',
      output: { type: 'text' as const, value: body },
    })),
    { maxLength: 5 },
  ),
})

const inputs: fc.Arbitrary<PromptInput> = fc.record({
  system: fc.constant('You are Longwatch.'),
  history: fc.array(message, { maxLength: 14 }),
  question: text.map((body) => `THE-QUESTION ${body}`),
  steps: fc.array(stepRecord, { maxLength: 5 }),
  tools: fc.constant([{ type: 'function' as const, name: 'query_metrics', inputSchema: { type: 'object' as const } }]),
  model: fc.record({
    contextTokens: fc.integer({ min: 600, max: 9_000 }),
    maxOutputTokens: fc.integer({ min: 64, max: 2_000 }),
  }),
  conclude: fc.option(fc.constant('Conclude now.'), { nil: undefined }),
})

/** Counted here anew and on its own, with nothing from the cache of parts. */
function tokensOf(prompt: LanguageModelV4Prompt): number {
  let sum = 0
  for (const { role, content } of prompt) {
    if (role === 'system') sum += countTokensSync(content)
    else
      for (const one of content) {
        if (one.type === 'text' || one.type === 'reasoning') sum += countTokensSync(one.text)
        if (one.type === 'tool-call') sum += countTokensSync(one.toolName + JSON.stringify(one.input))
        if (one.type === 'tool-result' && 'value' in one.output) sum += countTokensSync(String(one.output.value))
      }
  }
  return sum
}

async function build(input: PromptInput) {
  try {
    return await buildPrompt(input)
  } catch (error) {
    if (isModelError(error) && error.code === 'context_too_long') return null
    throw error
  }
}

describe('of any history', () => {
  it('the prompt fits, has the question, is well-formed and always the same', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const built = await build(input)
        if (!built) return
        expect(formErrors(built.prompt)).toEqual([])
        expect(tokensOf(built.prompt)).toBeLessThanOrEqual(promptBudget(input.model))
        if (built.context) expect(built.context.tokensAfter).toBeLessThanOrEqual(promptBudget(input.model))
        expect(JSON.stringify(built.prompt)).toContain('THE-QUESTION')
        expect(JSON.stringify(built.prompt)).not.toMatch(/\\ud[89a-f]../i)
        // A copy has none of the cached conversions.
        expect(await build(structuredClone(input))).toEqual(built)
      }),
      { numRuns: 250 },
    )
  })

  it('only what must be sent can be too long', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const alone = await build({ ...input, history: [], steps: [] })
        const withHistory = await build({ ...input, steps: [] })
        expect(withHistory === null).toBe(alone === null)
      }),
      { numRuns: 100 },
    )
  })
})
