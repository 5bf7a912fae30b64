import type { LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import { askedWords, attachedTo } from '@/lib/agent/attached'
import { type Contents, type FileSlot, fileSlots } from '@/lib/agent/context/attachments'
import { type Block, makeBlock, OVERHEAD } from '@/lib/agent/context/blocks'
import type { StepRecord } from '@/lib/agent/context/step-record'
import type { LongwatchMessage, ToolOutput } from '@/lib/agent/events'
import { resultText } from '@/lib/agent/replay'
import { countTokensSync, cutToBytes } from '@/lib/agent/tokens'

/** A question and everything that was said and done about it. */
export interface Turn {
  user: string
  userTokens: number
  /** What was sent along with the question. */
  files: FileSlot[]
  blocks: Block[]
}

/** What is at hand of the files of a conversation, and how many tokens those of one earlier turn may take. */
export interface AttachedToTurns {
  contents: Contents
  room: number
}

const MAX_FOREIGN_OUTPUT_BYTES = 32 * 1024

// Messages and steps are immutable once they are stored, so each is converted and counted once in its life.
const converted = new WeakMap<LongwatchMessage, Block[]>()
const convertedSteps = new WeakMap<StepRecord, { block: Block | null }>()

/** The earlier messages as turns, oldest first. Gives the event loop back between messages. */
export async function turnsOf(history: LongwatchMessage[], attached: AttachedToTurns): Promise<Turn[]> {
  const turns: Turn[] = []
  const breathe = breather()
  for (const message of history) {
    const last = turns.at(-1)
    if (message.role === 'assistant') {
      const blocks = blocksOf(message)
      if (last) last.blocks.push(...blocks)
      else if (blocks.length > 0) turns.push({ user: '', userTokens: 0, files: [], blocks: [...blocks] })
    } else if (message.role === 'user') {
      const sent = attachedTo(message)
      const text = askedWords(textOf(message), sent)
      const files = fileSlots(sent, attached.contents, attached.room)
      if (text !== '') turns.push({ user: text, userTokens: countTokensSync(text) + OVERHEAD, files, blocks: [] })
    }
    await breathe()
  }
  return turns
}

/** This run's completed steps; those that left nothing to send are left out. */
export async function blocksOfSteps(steps: StepRecord[]): Promise<Block[]> {
  const blocks: Block[] = []
  const breathe = breather()
  for (const step of steps) {
    let entry = convertedSteps.get(step)
    if (!entry) {
      const evidenceOf = (id: string) => step.evidence?.[id] ?? evidenceInText(step.results, id)
      entry = { block: makeBlock(step.content, step.results, evidenceOf) }
      convertedSteps.set(step, entry)
    }
    if (entry.block) blocks.push(entry.block)
    await breathe()
  }
  return blocks
}

function breather(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < 8) return
    await new Promise((resolve) => setImmediate(resolve))
    since = performance.now()
  }
}

const textOf = (message: LongwatchMessage) =>
  message.parts
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n')
    .trim()
    .toWellFormed()

function blocksOf(message: LongwatchMessage): Block[] {
  const known = converted.get(message)
  if (known) return known
  const blocks: Block[] = []
  let content: StepRecord['content'] = []
  let results: LanguageModelV4ToolResultPart[] = []
  const evidence = new Map<string, string>()
  const flush = () => {
    const block = makeBlock(content, results, (id) => evidence.get(id))
    if (block) blocks.push(block)
    content = []
    results = []
  }
  for (const part of message.parts) {
    const called = content.some(({ type }) => type === 'tool-call')
    // Text behind a call belongs to the next step: a call's result must come right after it.
    if (called && (part.type === 'text' || part.type === 'step-start')) flush()
    if (part.type === 'text') content.push({ type: 'text', text: part.text })
    // A call whose arguments never became whole was never made.
    if (part.type !== 'dynamic-tool' || part.state === 'input-streaming') continue
    const { toolCallId, toolName } = part
    content.push({ type: 'tool-call', toolCallId, toolName, input: part.input })
    if (part.state === 'output-available') {
      const { text, evidenceId } = readOutput(part.output)
      if (evidenceId) evidence.set(toolCallId, evidenceId)
      results.push({ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: text } })
    } else if (part.state === 'output-error') {
      const value = part.errorText || 'The call failed.'
      results.push({ type: 'tool-result', toolCallId, toolName, output: { type: 'error-text', value } })
    }
  }
  const note = statusNote(message)
  if (note && content.some(({ type }) => type === 'tool-call')) flush()
  if (note) content.push({ type: 'text', text: note })
  flush()
  converted.set(message, blocks)
  return blocks
}

function statusNote({ metadata }: LongwatchMessage): string | null {
  if (metadata?.status === 'cancelled') return '[This answer was stopped by a person before it was complete.]'
  if (metadata?.status !== 'failed') return null
  return `[This answer failed before it was complete${metadata.error ? `: ${metadata.error.message}` : '.'}]`
}

function readOutput(output: unknown): { text: string; evidenceId?: string } {
  const known = output as Partial<ToolOutput> | null | undefined
  if (typeof known?.preview === 'string')
    return { text: resultText(known as ToolOutput), evidenceId: known.evidenceId || undefined }
  const text = typeof output === 'string' ? output : (JSON.stringify(output) ?? '')
  return { text: cutToBytes(text, MAX_FOREIGN_OUTPUT_BYTES) }
}

/** A cut preview ends with a line that names its evidence. */
function evidenceInText(results: LanguageModelV4ToolResultPart[], toolCallId: string): string | undefined {
  const output = results.find((result) => result.toolCallId === toolCallId)?.output
  if (output?.type !== 'text') return undefined
  return /evidenceId "([^"]{1,100})"[^"]*$/.exec(output.value.slice(-400))?.[1]
}
