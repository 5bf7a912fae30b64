import type { LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import { type FileSlot, levelFor } from '@/lib/agent/context/attachments'
import { type Block, OVERHEAD, outputText, type ResultSlot } from '@/lib/agent/context/blocks'
import type { Turn } from '@/lib/agent/context/turns'
import { countTokensSync, cutToTokensSync } from '@/lib/agent/tokens'
import { ModelError } from '@/lib/models/errors'

/** What is sent: from which turn and which step on, and which results in another form than the full one. */
export interface Fitted {
  firstTurn: number
  firstStep: number
  replaced: Map<ResultSlot, LanguageModelV4ToolResultPart>
  /** Files of earlier turns that are only named. */
  named: Set<FileSlot>
  ledger: string | null
  tokensBefore: number
  tokensAfter: number
}

interface Parts {
  turns: Turn[]
  steps: Block[]
  /** System prompt, tools, the question. */
  fixedTokens: number
  budget: number
}

const blockTokens = (block: Block) => block.slots.reduce((sum, slot) => sum + slot.fullTokens, block.contentTokens)
const turnTokens = (turn: Turn) =>
  turn.blocks.reduce((sum, block) => sum + blockTokens(block), turn.userTokens) +
  turn.files.reduce((sum, file) => sum + file.fullTokens, 0)

/** The least result worth sending in part. */
const LEAST_RESULT_TOKENS = 48

/**
 * Leaves out what does not fit: first the previews of old results and old files, then the oldest turns, then this run's oldest
 * steps, at last the middle of the newest results. Throws `context_too_long` when even that is too much.
 */
export function fitWindow({ turns, steps, fixedTokens, budget }: Parts): Fitted {
  const tokensBefore =
    turns.reduce((sum, turn) => sum + turnTokens(turn), fixedTokens) +
    steps.reduce((sum, block) => sum + blockTokens(block), 0)
  const replaced: Fitted['replaced'] = new Map()
  const named: Fitted['named'] = new Set()
  const saved = new Map<ResultSlot | FileSlot, number>()
  let tokens = tokensBefore
  const older = steps.slice(0, -1)
  const latest = steps.at(-1)

  const inTurns = turns.flatMap((turn) => [...turn.files, ...turn.blocks.flatMap((block) => block.slots)])
  for (const slot of [...inTurns, ...older.flatMap((block) => block.slots)]) {
    if (tokens <= budget) break
    const saving = slot.fullTokens - slot.shrunkTokens
    if (saving <= 0) continue
    if (isFile(slot)) named.add(slot)
    else replaced.set(slot, slot.shrunk)
    saved.set(slot, saving)
    tokens -= saving
  }

  const ledgerRoom = Math.min(1500, Math.floor(budget / 10))
  const dropped: Block[] = []
  const drop = (blocks: Block[], full: number, files: FileSlot[] = []) => {
    tokens -= full
    for (const file of files) {
      tokens += saved.get(file) ?? 0
      named.delete(file)
    }
    for (const slot of blocks.flatMap((block) => block.slots)) {
      tokens += saved.get(slot) ?? 0
      replaced.delete(slot)
    }
    dropped.push(...blocks)
  }
  const room = () => budget - (firstTurn + firstStep > 0 ? ledgerRoom : 0)
  let firstTurn = 0
  let firstStep = 0
  for (; firstTurn < turns.length && tokens > room(); firstTurn++) {
    const turn = turns[firstTurn] as Turn
    drop(turn.blocks, turnTokens(turn), turn.files)
  }
  for (; firstStep < older.length && tokens > room(); firstStep++) {
    const block = older[firstStep] as Block
    drop([block], blockTokens(block))
  }
  if (latest && tokens > room()) tokens -= cutResults(latest, tokens - room(), replaced)
  if (latest && tokens > budget) tokens -= shrinkResults(latest, replaced)
  if (tokens > budget) throw tooLong()

  const ledger = writeLedger(dropped, firstTurn, firstStep, Math.min(ledgerRoom, budget - tokens))
  if (ledger) tokens += countTokensSync(ledger)
  return { firstTurn, firstStep, replaced, named, ledger, tokensBefore, tokensAfter: tokens }
}

const isFile = (slot: ResultSlot | FileSlot): slot is FileSlot => 'missingTokens' in slot

const tooLong = () =>
  new ModelError(
    'context_too_long',
    'The question does not fit into the language model’s window, not even without anything that was said before.',
  )

/** Cuts the largest results of the block until `excess` tokens are saved or nothing is left to cut; answers how many were. */
function cutResults(block: Block, excess: number, replaced: Fitted['replaced']): number {
  const total = block.slots.reduce((sum, slot) => sum + slot.fullTokens, 0)
  const limit = levelFor(
    block.slots.map((slot) => slot.fullTokens),
    Math.max(0, total - excess),
  )
  let savedTokens = 0
  for (const slot of block.slots) {
    const target = Math.max(LEAST_RESULT_TOKENS, limit)
    if (slot.fullTokens <= target) continue
    const { output } = slot.full
    const value = cutToTokensSync(outputText(output), target - OVERHEAD)
    const type = output.type.startsWith('error') ? ('error-text' as const) : ('text' as const)
    replaced.set(slot, { ...slot.full, output: { type, value } })
    savedTokens += slot.fullTokens - countTokensSync(value) - OVERHEAD
  }
  return savedTokens
}

/** The last resort for the newest results: one line each, where that is shorter than what is left of them. */
function shrinkResults(block: Block, replaced: Fitted['replaced']): number {
  let savedTokens = 0
  for (const slot of block.slots) {
    const now = replaced.get(slot)
    const size = now ? countTokensSync(outputText(now.output)) + OVERHEAD : slot.fullTokens
    if (size <= slot.shrunkTokens) continue
    replaced.set(slot, slot.shrunk)
    savedTokens += size - slot.shrunkTokens
  }
  return savedTokens
}

/** What was dropped: without it the model makes the same calls again. The newest calls that fit are named. */
function writeLedger(dropped: Block[], turns: number, steps: number, room: number): string | null {
  if (turns + steps === 0) return null
  const what = [turns > 0 ? `${turns} earlier turns` : '', steps > 0 ? `${steps} earlier steps of this run` : '']
  const head = `[Longwatch: to save room these were left out: ${what.filter(Boolean).join(' and ')}.`
  const counts = new Map<string, number>()
  for (const { summary } of dropped.flatMap((block) => block.slots)) {
    const before = counts.get(summary) ?? 0
    counts.delete(summary)
    counts.set(summary, before + 1)
  }
  const intro = ' Calls already made there (do not repeat them without need; read results with read_evidence):'
  let left = room - countTokensSync(head) - countTokensSync(intro) - 24
  if (left < 0) return countTokensSync(head) + 8 <= room ? `${head}]` : null
  const lines: string[] = []
  for (const [summary, count] of [...counts].reverse()) {
    const line = `\n- ${summary}${count > 1 ? ` (${count} times)` : ''}`
    left -= countTokensSync(line) + 1
    if (left < 0) break
    lines.unshift(line)
  }
  if (lines.length === 0) return `${head}]`
  const more = counts.size - lines.length
  return `${head}${intro}${more > 0 ? `\n- ${more} older ones` : ''}${lines.join('')}]`
}
