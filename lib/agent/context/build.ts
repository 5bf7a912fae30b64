import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'
import { type AttachedFile, askedWords } from '@/lib/agent/attached'
import { type Contents, type FileSlot, fileSlots } from '@/lib/agent/context/attachments'
import { type Block, OVERHEAD, type ResultSlot } from '@/lib/agent/context/blocks'
import { fitWindow } from '@/lib/agent/context/fit'
import type { StepRecord } from '@/lib/agent/context/step-record'
import { blocksOfSteps, turnsOf } from '@/lib/agent/context/turns'
import type { LongwatchData, LongwatchMessage } from '@/lib/agent/events'
import { countTokensSync, loadTokenizer } from '@/lib/agent/tokens'

export interface PromptInput {
  system: string
  /** Earlier turns as they are stored, oldest first. */
  history: LongwatchMessage[]
  question: string
  /** What was sent along with the question, and what is at hand of that and of earlier turns' files. */
  attached?: { files: AttachedFile[]; contents: Contents }
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
  context: Omit<LongwatchData['context'], 'step'> | null
}

type Replaced = Map<ResultSlot, LanguageModelV4ToolResultPart>

/**
 * The prompt of one step, within the model's window less the room for its answer. System prompt, question and the
 * newest step are always in it, every call is followed by its result, and the same input gives the same prompt.
 * Throws `ModelError` with code `context_too_long` when even the least does not fit.
 */
export async function buildPrompt(input: PromptInput): Promise<BuiltPrompt> {
  await loadTokenizer()
  const budget = promptBudget(input.model)
  const { files, contents } = input.attached ?? { files: [], contents: new Map() }
  const turns = await turnsOf(input.history, { contents, room: Math.floor(budget * FILES_SHARE) })
  const steps = await blocksOfSteps(input.steps)
  const question = askedWords(input.question, files)
  const texts = [question, input.conclude ?? '']
  const isFirst = turns.length + steps.length + files.length === 0
  const plainTokens = fixedTokens({ ...input, texts }, isFirst ? budget : null)
  const slots = fileSlots(files, contents, filesRoom(budget, plainTokens))
  const ownTokens = slots.reduce((sum, slot) => sum + slot.fullTokens, plainTokens)
  const fitted = fitWindow({ turns, steps, fixedTokens: ownTokens, budget })

  const writer = new PromptWriter(steps)
  writer.system(input.system)
  for (const turn of turns.slice(fitted.firstTurn)) {
    writer.user(turn.user)
    for (const slot of turn.files) writer.file(slot, fitted.named.has(slot))
    for (const block of turn.blocks) writer.block(block, fitted.replaced)
  }
  writer.user(question)
  for (const slot of slots) writer.file(slot)
  if (fitted.ledger) writer.user(fitted.ledger)
  for (const block of steps.slice(fitted.firstStep)) writer.block(block, fitted.replaced, true)
  if (input.conclude) writer.user(input.conclude)

  const earlier = turns.slice(fitted.firstTurn).flatMap((turn) => turn.files)
  const partial = [...earlier, ...slots].filter((slot) => slot.missingTokens > 0 || fitted.named.has(slot))
  const unseen = slots.filter((slot, index) => files[index]?.kind === 'image' && !slot.full.image)
  const shortenedFiles = partial.length + unseen.length
  const cut = fitted.replaced.size + fitted.firstTurn + fitted.firstStep + shortenedFiles > 0
  const tokensBefore = partial.reduce((sum, slot) => sum + slot.missingTokens, fitted.tokensBefore)
  const { tokensAfter } = fitted
  const dropped = steps.slice(0, fitted.firstStep).reduce((sum, block) => sum + block.slots.length, 0)
  const shrunkResults = fitted.replaced.size + dropped
  return {
    prompt: writer.prompt,
    context: cut
      ? {
          shrunkResults,
          droppedTurns: fitted.firstTurn,
          ...(shortenedFiles > 0 ? { shortenedFiles } : {}),
          tokensBefore,
          tokensAfter,
        }
      : null,
  }
}

/** The most that files may take of what a prompt may take: results of tools want room as well. */
const FILES_SHARE = 0.4

/** For the question's files: what the rest of the fixed parts leaves, and never so much that no step would fit. */
const filesRoom = (budget: number, plainTokens: number) =>
  Math.max(0, Math.min(Math.floor(budget * FILES_SHARE), Math.floor((budget - plainTokens) * 0.7)))

/** What a prompt may take: the window less the answer's room and a margin, for other tokenizers count differently. */
export function promptBudget({ contextTokens, maxOutputTokens }: PromptInput['model']): number {
  const answer = Math.min(maxOutputTokens, Math.floor(contextTokens / 2))
  return contextTokens - answer - Math.max(64, Math.floor(contextTokens * 0.03))
}

/**
 * What system prompt, texts and tools take. A token is a byte at least: where nothing else is in the prompt and it fits
 * within `enough` by its bytes, those are not counted.
 */
function fixedTokens(
  { system, texts, tools }: { system: string; texts: string[]; tools: LanguageModelV4FunctionTool[] },
  enough: number | null,
): number {
  const forTools = toolTokens(tools)
  if (enough !== null) {
    const bytes = [system, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text) + OVERHEAD, forTools)
    if (bytes <= enough) return bytes
  }
  return systemTokens(system) + texts.reduce((sum, text) => sum + countTokensSync(text) + OVERHEAD, forTools)
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

  /** Behind the text that it was sent with. */
  file(slot: FileSlot, isNamed = false): void {
    this.user(isNamed ? slot.shrunk : slot.full.text)
    const last = this.prompt.at(-1)
    if (!isNamed && slot.full.image && last?.role === 'user') last.content.push(slot.full.image)
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
