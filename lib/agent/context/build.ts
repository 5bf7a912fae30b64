import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'
import { type Block, OVERHEAD, type ResultSlot } from '@/lib/agent/context/blocks'
import { fitWindow } from '@/lib/agent/context/fit'
import type { StepRecord } from '@/lib/agent/context/step-record'
import { blocksOfSteps, turnsOf } from '@/lib/agent/context/turns'
import type { LongwatchMessage } from '@/lib/agent/events'
import { countTokensSync, loadTokenizer } from '@/lib/agent/tokens'

export interface PromptInput {
  system: string
  /** Earlier turns as they are stored, oldest first. */
  history: LongwatchMessage[]
  question: string
  /** This run's completed steps. */
  steps: StepRecord[]
  tools: LanguageModelV4FunctionTool[]
  model: { contextTokens: number; maxOutputTokens: number }
  /** Told to the model at the very end. */
  conclude?: string
}

export interface BuiltPrompt {
  prompt: LanguageModelV4Prompt
  /** What was left out so that it fits; null when everything is there. */
  context: { shrunkResults: number; droppedTurns: number; tokensBefore: number; tokensAfter: number } | null
}

type Replaced = Map<ResultSlot, LanguageModelV4ToolResultPart>

/**
 * The prompt of one step, within the model's window less the room for its answer. System prompt, question and the
 * newest step are always in it, every call is followed by its result, and the same input gives the same prompt.
 * Throws `ModelError` with code `context_too_long` when even the least does not fit.
 */
export async function buildPrompt(input: PromptInput): Promise<BuiltPrompt> {
  await loadTokenizer()
  const turns = await turnsOf(input.history)
  const steps = await blocksOfSteps(input.steps)
  const texts = [input.question, input.conclude ?? '']
  const fixedTokens =
    systemTokens(input.system) +
    texts.reduce((sum, text) => sum + countTokensSync(text) + OVERHEAD, 0) +
    toolTokens(input.tools)
  const fitted = fitWindow({ turns, steps, fixedTokens, budget: promptBudget(input.model) })

  const writer = new PromptWriter(steps)
  writer.system(input.system)
  for (const turn of turns.slice(fitted.firstTurn)) {
    writer.user(turn.user)
    for (const block of turn.blocks) writer.block(block, fitted.replaced)
  }
  writer.user(fitted.ledger ? `${input.question}\n\n${fitted.ledger}` : input.question)
  for (const block of steps.slice(fitted.firstStep)) writer.block(block, fitted.replaced, true)
  if (input.conclude) writer.user(input.conclude)

  const cut = fitted.replaced.size + fitted.firstTurn + fitted.firstStep > 0
  const { tokensBefore, tokensAfter } = fitted
  const dropped = steps.slice(0, fitted.firstStep).reduce((sum, block) => sum + block.slots.length, 0)
  const shrunkResults = fitted.replaced.size + dropped
  return {
    prompt: writer.prompt,
    context: cut ? { shrunkResults, droppedTurns: fitted.firstTurn, tokensBefore, tokensAfter } : null,
  }
}

/** What a prompt may take: the window less the answer's room and a margin, for other tokenizers count differently. */
export function promptBudget({ contextTokens, maxOutputTokens }: PromptInput['model']): number {
  const answer = Math.min(maxOutputTokens, Math.floor(contextTokens / 2))
  return contextTokens - answer - Math.max(64, Math.floor(contextTokens * 0.03))
}

/** Part by part: most of what the system is told is the same in every run, and is then not counted again. */
function systemTokens(system: string): number {
  const parts = system.split(/(?<=\n\n)/)
  return parts.reduce((sum, part) => sum + countTokensSync(part), OVERHEAD)
}

const countedTools = new WeakMap<LanguageModelV4FunctionTool, number>()

function toolTokens(tools: LanguageModelV4FunctionTool[]): number {
  let sum = 0
  for (const tool of tools) {
    let count = countedTools.get(tool)
    if (count === undefined) {
      count = countTokensSync(JSON.stringify([tool.name, tool.description, tool.inputSchema])) + OVERHEAD
      countedTools.set(tool, count)
    }
    sum += count
  }
  return sum
}

/** Keeps the order that chat formats want: no two messages of one role in a row, call ids unique. */
class PromptWriter {
  readonly prompt: LanguageModelV4Prompt = []
  readonly #usedIds = new Set<string>()
  readonly #ownIds: Set<string>

  constructor(steps: Block[]) {
    this.#ownIds = new Set(steps.flatMap((block) => block.slots.map((slot) => slot.full.toolCallId)))
  }

  system(text: string): void {
    if (text !== '') this.prompt.push({ role: 'system', content: text.toWellFormed() })
  }

  user(raw: string): void {
    const text = raw.toWellFormed()
    if (text === '') return
    const last = this.prompt.at(-1)
    const before = last?.role === 'user' ? last.content[0] : undefined
    if (before?.type === 'text') before.text += `\n\n${text}`
    else this.prompt.push({ role: 'user', content: [{ type: 'text', text }] })
  }

  /** `own`: a step of this run, whose call ids have precedence over those of earlier turns. */
  block(block: Block, replaced: Replaced, own = false): void {
    const ids = block.slots.map((slot) => this.#uniqueId(slot.full.toolCallId, own))
    let call = 0
    const content = block.content.map((part) =>
      part.type === 'tool-call' ? { ...part, toolCallId: ids[call++] as string } : part,
    )
    const last = this.prompt.at(-1)
    if (last?.role === 'assistant') last.content.push(...content)
    else this.prompt.push({ role: 'assistant', content })
    if (ids.length === 0) return
    const results: Extract<LanguageModelV4Message, { role: 'tool' }>['content'] = block.slots.map((slot, index) => ({
      ...(replaced.get(slot) ?? slot.full),
      toolCallId: ids[index] as string,
    }))
    this.prompt.push({ role: 'tool', content: results })
  }

  #uniqueId(id: string, own: boolean): string {
    let unique = id.length <= 64 && id !== '' ? id : `call_${id.slice(0, 40)}`
    for (let n = 2; this.#usedIds.has(unique) || (!own && this.#ownIds.has(unique)); n++)
      unique = `${id.slice(0, 50)}_${n}`
    this.#usedIds.add(unique)
    return unique
  }
}
