import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Role } from '@/lib/access/types'
import { attachedTo } from '@/lib/agent/attached'
import type { Contents } from '@/lib/agent/context/attachments'
import { buildPrompt } from '@/lib/agent/context/build'
import { readEvidenceTool } from '@/lib/agent/evidence-tool'
import { countByServer, findToolsTool } from '@/lib/agent/find-tools'
import { loadAttached } from '@/lib/agent/load-attached'
import type { PreparedStep, PrepareStep, StepPorts } from '@/lib/agent/ports'
import { concludePrompt, systemPrompt } from '@/lib/agent/prompts'
import type { Replay } from '@/lib/agent/replay'
import { loadTokenizer } from '@/lib/agent/tokens'
import { ToolShelf } from '@/lib/agent/tool-shelf'
import type { ToolDescriptor } from '@/lib/mcp/types'

/** From this share of the time on, the model is told to conclude; at the whole it is cut off. */
const CONCLUDE_AT = 0.85
const CONCLUDE_STEPS_LEFT = 2

interface Offer {
  /** Null: the asker is no longer a member. */
  role: Role | null
  tools: LanguageModelV4FunctionTool[]
  descriptors: ToolDescriptor[]
  system: string
}

/** The number of the step that is under way, or of the next. */
export const stepNumber = (replay: Replay) =>
  replay.current.phase === 'none' ? replay.completed.length + 1 : replay.current.step

/**
 * Prepares one run's steps, each from where the run stands: what is offered, and what the model is asked. Rejects with
 * `ModelError` (`context_too_long`) when even the least does not fit, and with what the ports throw.
 */
export function stepPreparer(ports: StepPorts): PrepareStep {
  const shelf = new ToolShelf(ports.question, ports.history)
  let contents: Promise<Contents> | null = null
  return async (replay) => {
    contents ??= loadAttached(ports)
    const asksModel = replay.current.phase !== 'tools'
    const [loaded, offered, exhausted] = await Promise.all([
      contents,
      offer(ports, shelf, replay),
      asksModel ? ports.exhausted() : null,
    ])
    if (!offered.role) return refused('not_a_member', 'The asker is no longer a member of this organisation.')
    const { descriptors } = offered
    if (!asksModel) return { kind: 'tools', descriptors }
    if (exhausted) return refused('budget_exhausted', exhausted)
    return { kind: 'model', descriptors, ...(await ask(ports, replay, offered, loaded)) }
  }
}

const refused = (code: string, message: string): PreparedStep => ({ kind: 'refused', error: { code, message } })

async function offer(ports: StepPorts, shelf: ToolShelf, replay: Replay): Promise<Offer> {
  const { tools, failures, notices, role } = await ports.catalogue()
  await loadTokenizer()
  const { offered, further } = shelf.arrange(tools, replay.reached, ports.model.contextTokens)
  const hasFiles = ports.attachments.length > 0 || ports.history.some((message) => attachedTo(message).length > 0)
  const own = [
    ...(tools.length > 0 || hasFiles ? [readEvidenceTool] : []),
    ...(further.length > 0 ? [findToolsTool] : []),
  ]
  const functions = offered.map(
    (tool): LanguageModelV4FunctionTool => ({
      type: 'function',
      name: tool.name,
      description: tool.description,
      inputSchema: tool.inputSchema as LanguageModelV4FunctionTool['inputSchema'],
    }),
  )
  const system = systemPrompt({
    organisation: ports.organisationName,
    // The same in every step: providers cache an unchanged beginning.
    now: new Date(ports.startedAt).toISOString(),
    role: role ?? 'viewer',
    tools: offered.map((tool) => tool.name),
    further: further.length > 0 ? { count: further.length, servers: countByServer(further) } : undefined,
    failures,
    notices,
    hasFiles,
    type: ports.runType,
    template: ports.promptTemplate,
  })
  return { role, tools: [...functions, ...own], descriptors: tools, system }
}

async function ask(ports: StepPorts, replay: Replay, { system, tools }: Offer, contents: Contents) {
  const { hint, must } = conclusion(ports, stepNumber(replay))
  const { prompt, context } = await buildPrompt({
    system,
    history: ports.history,
    question: ports.question,
    attached: { files: ports.attachments, contents },
    steps: replay.completed,
    tools,
    model: ports.model,
    conclude: hint,
  })
  return { prompt, context, tools, concludes: must }
}

function conclusion(ports: StepPorts, step: number): { hint?: string; must: boolean } {
  const left = ports.limits.stepsPerRun - step + 1
  const share = (Date.now() - ports.startedAt) / (ports.limits.minutesPerRun * 60_000)
  if (share >= CONCLUDE_AT) return { hint: concludePrompt('time'), must: true }
  if (left <= CONCLUDE_STEPS_LEFT) return { hint: concludePrompt('steps'), must: left <= 1 }
  return { must: false }
}
