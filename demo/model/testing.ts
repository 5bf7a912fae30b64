import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js'

export interface Step {
  reasoning: string
  text: string
  calls: { id: string; name: string; arguments: string }[]
  finishReason: string
  inputTokens: number | undefined
  outputTokens: number | undefined
  errors: unknown[]
}

/** The model at an endpoint, read by the very provider that the application uses. */
export function modelAt(url: string): LanguageModelV4 {
  return createOpenAICompatible({ name: 'demo', baseURL: url, apiKey: 'any', includeUsage: true })('longwatch-demo')
}

type CallOptions = Parameters<LanguageModelV4['doStream']>[0]

/** One streamed response, put together. */
export async function streamStep(model: LanguageModelV4, options: CallOptions): Promise<Step> {
  const { stream } = await model.doStream(options)
  const step: Step = {
    reasoning: '',
    text: '',
    calls: [],
    finishReason: '',
    inputTokens: 0,
    outputTokens: 0,
    errors: [],
  }
  for await (const part of stream as AsyncIterable<LanguageModelV4StreamPart>) {
    if (part.type === 'reasoning-delta') step.reasoning += part.delta
    if (part.type === 'text-delta') step.text += part.delta
    if (part.type === 'tool-call') step.calls.push({ id: part.toolCallId, name: part.toolName, arguments: part.input })
    if (part.type === 'error') step.errors.push(part.error)
    if (part.type !== 'finish') continue
    step.finishReason = part.finishReason.unified
    step.inputTokens = part.usage.inputTokens.total
    step.outputTokens = part.usage.outputTokens.total
  }
  return step
}

export interface Investigation {
  steps: Step[]
  answer: string
  called: string[]
}

export interface LoopOptions {
  /** Leaves out the tools for which this is false. */
  offer?: (tool: Tool) => boolean
  /** How a result is shown to the model. */
  show?: (result: CallToolResult) => string
  /** From this step on no tools may be called. */
  concludeAt?: number
  earlier?: LanguageModelV4Prompt
}

const plainly = (result: CallToolResult) =>
  result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')

/** A tiny agent loop: asks, makes the calls on the real server, until the model stops calling. */
export async function investigate(
  url: string,
  client: Client,
  question: string,
  options: LoopOptions = {},
): Promise<Investigation> {
  const { offer = () => true, show = plainly, concludeAt = 20, earlier = [] } = options
  const model = modelAt(url)
  const offered = (await client.listTools()).tools.filter(offer)
  const tools = offered.map((tool) => ({
    type: 'function' as const,
    name: `shop__${tool.name}`,
    description: tool.description,
    inputSchema: tool.inputSchema as Record<string, unknown>,
  }))
  const prompt: LanguageModelV4Prompt = [
    { role: 'system', content: 'You investigate. Forbidden: invented ids. Title your tables.' },
    ...earlier,
    { role: 'user', content: [{ type: 'text', text: question }] },
  ]
  const steps: Step[] = []
  const called: string[] = []
  while (steps.length < 20) {
    const toolChoice = { type: steps.length + 1 >= concludeAt ? ('none' as const) : ('auto' as const) }
    const step = await streamStep(model, { prompt, tools, toolChoice })
    steps.push(step)
    if (step.calls.length === 0) return { steps, answer: step.text, called }
    prompt.push({
      role: 'assistant',
      content: [
        ...(step.text ? [{ type: 'text' as const, text: step.text }] : []),
        ...step.calls.map((call) => ({
          type: 'tool-call' as const,
          toolCallId: call.id,
          toolName: call.name,
          input: JSON.parse(call.arguments) as unknown,
        })),
      ],
    })
    const results = await Promise.all(
      step.calls.map(async (call) => {
        called.push(call.name)
        const params = {
          name: call.name.replace('shop__', ''),
          arguments: JSON.parse(call.arguments) as Record<string, unknown>,
        }
        const result = (await client.callTool(params)) as CallToolResult
        const output = { type: result.isError ? ('error-text' as const) : ('text' as const), value: show(result) }
        return { type: 'tool-result' as const, toolCallId: call.id, toolName: call.name, output }
      }),
    )
    prompt.push({ role: 'tool', content: results })
  }
  throw new Error('the model did not stop calling tools')
}
