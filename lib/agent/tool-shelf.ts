import { OVERHEAD } from '@/lib/agent/context/blocks'
import type { LongwatchMessage, ToolMetadata } from '@/lib/agent/events'
import { countTokensSync } from '@/lib/agent/tokens'
import { ToolSearch } from '@/lib/agent/tool-search'
import type { ToolDescriptor } from '@/lib/mcp/types'

/** Definitions may take so much of the model's window, and never more than the bound: beyond it models choose badly. */
const SHARE = 0.25
const MOST_TOKENS = 16_000
/** What is left free at first, so that found tools need not push out the ones that are offered already. */
const FIRST_FILL = 0.7

/** How many tokens the definitions of tools may take for a model. */
export const toolBudget = (contextTokens: number) => Math.min(MOST_TOKENS, Math.floor(contextTokens * SHARE))

export interface Shelf {
  /** Their definitions go to the model. */
  offered: ToolDescriptor[]
  /** Found by search only; a call of one is made all the same. */
  further: ToolDescriptor[]
}

/**
 * Chooses the tools that a step offers when not all of them fit. What it goes by is the question, the history and the
 * run's log, so that a process that takes the run over chooses the same.
 */
export class ToolShelf {
  readonly #question: string
  readonly #before: string[]
  #ranked: { signature: string; tools: ToolDescriptor[] } | null = null

  constructor(question: string, history: LongwatchMessage[]) {
    this.#question = question
    this.#before = usedIn(history)
  }

  /** `reached`: names of tools that this run called or found, the latest last. The tokenizer must be loaded. */
  arrange(tools: ToolDescriptor[], reached: Iterable<string>, contextTokens: number): Shelf {
    const budget = toolBudget(contextTokens)
    if (sizeOf(tools) <= budget) return { offered: tools, further: [] }
    const byName = new Map(tools.map((tool) => [tool.name, tool]))
    const known = (names: string[]) => names.flatMap((name) => byName.get(name) ?? [])
    const ranked = [...known(this.#before.toReversed()), ...this.#rank(tools)]
    const recent = known([...reached].reverse())
    const first = fill(ranked, budget * FIRST_FILL)
    const reachedOnly = recent.filter((tool) => !first.has(tool))
    // One that is larger than all the room is still offered alone: it was asked for.
    const alone = fill(reachedOnly.slice(0, 1), contextTokens / 2)
    const added = fill([...alone, ...reachedOnly], Math.max(budget, sizeOf(alone)))
    // The same as at first, as long as what was added does not need its room.
    const kept = fill([...recent.filter((tool) => first.has(tool)), ...first], budget - sizeOf(added))
    const offered = [...tools.filter((tool) => kept.has(tool)), ...tools.filter((tool) => added.has(tool))]
    return { offered, further: tools.filter((tool) => !kept.has(tool) && !added.has(tool)) }
  }

  /** What the question seems to be about first, then the others in their order. */
  #rank(tools: ToolDescriptor[]): ToolDescriptor[] {
    const signature = tools.map(({ name, fingerprint }) => `${name} ${fingerprint}`).join('\n')
    if (this.#ranked?.signature !== signature) {
      const matching = new ToolSearch(tools).find(this.#question)
      this.#ranked = { signature, tools: [...new Set([...matching, ...tools])] }
    }
    // The descriptors are new ones at every step.
    const now = new Map(tools.map((tool) => [tool.name, tool]))
    return this.#ranked.tools.flatMap(({ name }) => now.get(name) ?? [])
  }
}

/** How many tokens a tool's definition takes. The tokenizer must be loaded. */
export const tokensOf = ({ name, description, inputSchema }: ToolDescriptor) =>
  countTokensSync(JSON.stringify([name, description, inputSchema])) + OVERHEAD

const sizeOf = (tools: Iterable<ToolDescriptor>) => [...tools].reduce((sum, tool) => sum + tokensOf(tool), 0)

/** As many of them as fit, in their order; a large one is passed over for smaller ones behind it. */
function fill(tools: ToolDescriptor[], room: number): Set<ToolDescriptor> {
  const taken = new Set<ToolDescriptor>()
  let left = room
  for (const tool of tools) {
    const size = tokensOf(tool)
    if (taken.has(tool) || size > left) continue
    taken.add(tool)
    left -= size
  }
  return taken
}

/** The tools that earlier turns called or found, the latest last. */
function usedIn(history: LongwatchMessage[]): string[] {
  const names = new Set<string>()
  for (const part of history.flatMap(({ parts }) => parts)) {
    if (part.type !== 'dynamic-tool') continue
    const found = (part.toolMetadata as ToolMetadata | undefined)?.found ?? []
    for (const name of [part.toolName, ...found]) {
      names.delete(name)
      names.add(name)
    }
  }
  return [...names]
}
