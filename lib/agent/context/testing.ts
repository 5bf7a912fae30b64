import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { StepRecord } from '@/lib/agent/context/step-record'
import type { LongwatchMessage, MessageMetadata, ToolOutput } from '@/lib/agent/events'

/** For tests: messages, steps and questions about prompts. */
export const userMessage = (id: string, text: string): LongwatchMessage => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text }],
})

export const assistantMessage = (
  id: string,
  parts: LongwatchMessage['parts'],
  metadata?: MessageMetadata,
): LongwatchMessage => ({ id, role: 'assistant', parts, ...(metadata ? { metadata } : {}) })

export const toolOutput = (preview: string, evidenceId: string): ToolOutput => ({
  preview,
  evidenceId,
  bytes: Buffer.byteLength(preview),
  truncated: false,
  mediaType: 'text/plain',
})

export const toolPart = (toolCallId: string, preview: string, input: unknown = { query: 'up' }) => ({
  type: 'dynamic-tool' as const,
  toolName: 'query_metrics',
  toolCallId,
  state: 'output-available' as const,
  input,
  output: toolOutput(preview, `ev_${toolCallId}`),
})

export const step = (id: string, ...texts: string[]): StepRecord => ({
  content: texts.map((_, index) => ({
    type: 'tool-call',
    toolCallId: `${id}_${index}`,
    toolName: 'query_logs',
    input: { service: `shop-${id}` },
  })),
  results: texts.map((value, index) => ({
    type: 'tool-result',
    toolCallId: `${id}_${index}`,
    toolName: 'query_logs',
    output: { type: 'text', value },
  })),
  evidence: Object.fromEntries(texts.map((_, index) => [`${id}_${index}`, `ev_${id}_${index}`])),
})

export const promptText = (prompt: LanguageModelV4Prompt) => JSON.stringify(prompt)

/** What is wrong with the prompt's form, in words; empty when a provider would take it. */
export function formErrors(prompt: LanguageModelV4Prompt): string[] {
  const errors: string[] = []
  const seen = new Set<string>()
  prompt.forEach((message, index) => {
    const next = prompt[index + 1]
    if (message.role === 'system' && index > 0) errors.push('a late system message')
    if (next && next.role === message.role) errors.push(`two ${message.role} messages in a row`)
    if (message.role !== 'system' && message.content.length === 0) errors.push(`an empty ${message.role} message`)
    for (const text of textsOf(message)) if (text === '') errors.push(`empty text in ${message.role}`)
    const calls = callsOf(message)
    for (const id of calls) {
      if (seen.has(id) || id === '' || id.length > 64) errors.push(`a call id that is not usable: ${id}`)
      seen.add(id)
    }
    const results = next ? resultsOf(next) : []
    if (calls.join() !== results.join()) errors.push(`calls ${calls.join()} are followed by results ${results.join()}`)
    if (resultsOf(message).length > 0 && prompt[index - 1]?.role !== 'assistant') errors.push('an orphan result')
  })
  return errors
}

const textsOf = (message: LanguageModelV4Message) =>
  message.role === 'system'
    ? [message.content]
    : message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []))

const callsOf = (message: LanguageModelV4Message) =>
  message.role === 'assistant'
    ? message.content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []))
    : []

const resultsOf = (message: LanguageModelV4Message) =>
  message.role === 'tool'
    ? message.content.flatMap((part) => (part.type === 'tool-result' ? [part.toolCallId] : []))
    : []
