import type { JSONValue, LanguageModelV4ToolCallPart, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import type { StepRecord } from '@/lib/agent/context/step-record'
import { countTokensSync } from '@/lib/agent/tokens'

/** What a chat format adds around a message, a call or a result, rounded up. */
export const OVERHEAD = 8

/** A call's result in both of its sizes. */
export interface ResultSlot {
  full: LanguageModelV4ToolResultPart
  fullTokens: number
  shrunk: LanguageModelV4ToolResultPart
  shrunkTokens: number
  /** One line for the ledger. */
  summary: string
}

/** What the model said in one go, and the results of the calls in it: one slot for each call, in their order. */
export interface Block {
  content: StepRecord['content']
  contentTokens: number
  slots: ResultSlot[]
}

/**
 * A block from parts that may be incomplete: empty text goes, a call without a result gets one that says so, a result
 * without a call goes, arguments that are no object become `{}`. Null when nothing is left to send.
 * @param evidenceOf the evidence id of a call's result, if there is any.
 */
export function makeBlock(
  parts: StepRecord['content'],
  results: LanguageModelV4ToolResultPart[],
  evidenceOf: (toolCallId: string) => string | undefined,
): Block | null {
  const content: Block['content'] = []
  const slots: ResultSlot[] = []
  const unused = [...results]
  let contentTokens = 0
  for (const part of parts) {
    if (part.type === 'tool-call') {
      const call = { ...part, toolName: validName(part.toolName), input: validInput(part.input) }
      const index = unused.findIndex((result) => result.toolCallId === part.toolCallId)
      const [result] = index < 0 ? [] : unused.splice(index, 1)
      const slot = makeSlot(call, result, evidenceOf(part.toolCallId))
      content.push(call)
      slots.push(slot)
      contentTokens += countTokensSync(call.toolName + JSON.stringify(call.input)) + optionTokens(part) + OVERHEAD
    } else {
      const text = part.text.toWellFormed()
      if (part.type === 'text' && text.trim() === '') continue
      content.push({ ...part, text })
      contentTokens += countTokensSync(text) + optionTokens(part)
    }
  }
  // A reasoning part with nothing behind it is refused by some providers, and tells the model nothing.
  if (content.every((part) => part.type === 'reasoning')) return null
  return { content, contentTokens: contentTokens + OVERHEAD, slots }
}

function makeSlot(
  call: LanguageModelV4ToolCallPart,
  found: LanguageModelV4ToolResultPart | undefined,
  evidenceId: string | undefined,
): ResultSlot {
  const output: LanguageModelV4ToolResultPart['output'] = found
    ? wellFormed(found.output)
    : { type: 'error-text', value: 'No result: the run was interrupted before this call had one.' }
  const failed = output.type.startsWith('error') || output.type === 'execution-denied'
  const text = outputText(output)
  const summary = `${call.toolName}(${shortArguments(call.input)})${failed ? ' failed' : ''}`
  const where = evidenceId
    ? `evidenceId "${evidenceId}", shrunk; page it with read_evidence`
    : 'shrunk; the result is no longer shown'
  const line = `[${summary}: ${where}]`
  const base = { type: 'tool-result' as const, toolCallId: call.toolCallId, toolName: call.toolName }
  return {
    full: { ...base, output, ...(found?.providerOptions ? { providerOptions: found.providerOptions } : {}) },
    fullTokens: countTokensSync(text) + OVERHEAD,
    shrunk: { ...base, output: failed ? { type: 'error-text', value: line } : { type: 'text', value: line } },
    shrunkTokens: countTokensSync(line) + OVERHEAD,
    summary: evidenceId ? `${summary} → ${evidenceId}` : summary,
  }
}

/** The text of a result, as the model would read it. */
export function outputText(output: LanguageModelV4ToolResultPart['output']): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'execution-denied':
      return output.reason ?? 'denied'
    default:
      return JSON.stringify(output.value)
  }
}

const wellFormed = (output: LanguageModelV4ToolResultPart['output']): LanguageModelV4ToolResultPart['output'] =>
  output.type === 'text' || output.type === 'error-text' ? { ...output, value: output.value.toWellFormed() } : output

const validName = (name: string) => name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unknown_tool'

function validInput(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {}
  // Half of a surrogate pair is valid in our JSON but not in the upstream's UTF-8.
  const suspect = /\\ud[89a-f]/i.test(JSON.stringify(input))
  return (suspect ? wellFormedDeep(input) : input) as Record<string, unknown>
}

function wellFormedDeep(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormedDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormedDeep(inner)]))
}

function shortArguments(input: unknown): string {
  const text = JSON.stringify(input)
  return text.length <= 160 ? text : `${text.slice(0, 160).toWellFormed()}…`
}

/** Encrypted reasoning and the like: nobody can count it, five characters a token is close. */
function optionTokens({ providerOptions }: { providerOptions?: Record<string, unknown> }): number {
  if (!providerOptions) return 0
  let characters = 0
  const visit = (value: JSONValue | unknown) => {
    if (typeof value === 'string') characters += value.length
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner)
  }
  visit(providerOptions)
  return Math.ceil(characters / 5)
}
