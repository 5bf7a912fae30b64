import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Role } from '@/lib/access/types'
import { attachedTo } from '@/lib/agent/attached'
import type { Contents } from '@/lib/agent/context/attachments'
import { buildPrompt } from '@/lib/agent/context/build'
import type { CodedError, ToolMetadata, Usage } from '@/lib/agent/events'
import { READ_EVIDENCE, readEvidenceMetadata, readEvidenceTool } from '@/lib/agent/evidence-tool'
import { countByServer, FIND_TOOLS, findToolsMetadata, findToolsTool } from '@/lib/agent/find-tools'
import { loadAttached } from '@/lib/agent/load-attached'
import { runModelPhase } from '@/lib/agent/model-phase'
import { HandedOver, type LoopPorts, unlessAborted } from '@/lib/agent/ports'
import { concludePrompt, systemPrompt } from '@/lib/agent/prompts'
import { type Replay, replayChunk } from '@/lib/agent/replay'
import { loadTokenizer } from '@/lib/agent/tokens'
import { ToolShelf } from '@/lib/agent/tool-shelf'
import { runToolsPhase } from '@/lib/agent/tools-phase'
import type { ToolDescriptor } from '@/lib/mcp/types'
import { ModelError } from '@/lib/models/errors'
import { priced } from '@/lib/models/price'

/** How a run's loop ended, short of being stopped, losing its lease or being handed over (those are thrown). */
export type LoopOutcome =
  | { kind: 'completed'; finishReason: string }
  | { kind: 'failed'; error: CodedError }
  /** Nothing can be done until people have decided; with the same `replay` the loop goes on from here. */
  | { kind: 'waiting' }

/** From this share of the time on, the model is told to conclude; at the whole it is cut off. */
const CONCLUDE_AT = 0.85
const CONCLUDE_STEPS_LEFT = 2

interface StepTools {
  /** Null: the asker is no longer a member. */
  role: Role | null
  tools: LanguageModelV4FunctionTool[]
  descriptors: ToolDescriptor[]
  system: string
}

/**
 * The agent's loop: from where `replay` stands to the last step. It emits events and reads nothing back; `replay`
 * follows each emitted event, so recovery goes through the very same states.
 * @returns the outcome, to be settled by the caller. Throws `RunStopped`, `LeaseLost`, `HandedOver`, or a store's error.
 */
export async function runLoop(ports: LoopPorts, replay: Replay): Promise<LoopOutcome> {
  const limit = ports.limits.minutesPerRun * 60_000
  // Within the limit whatever the clocks say: they may have jumped, or be another machine's.
  const deadline = AbortSignal.timeout(Math.min(limit, Math.max(1, ports.startedAt + limit - Date.now())))
  const inner: LoopPorts = { ...ports, signal: AbortSignal.any([ports.signal, deadline]), emit: follow(ports, replay) }
  try {
    return await runSteps(inner, replay)
  } catch (error) {
    ports.signal.throwIfAborted()
    if (deadline.aborted) {
      const minutes = ports.limits.minutesPerRun
      return failed('time_limit', `The run reached its limit of ${minutes} minutes.`)
    }
    if (error instanceof ModelError) return failed(error.code, error.message)
    throw error
  }
}

const failed = (code: string, message: string): LoopOutcome => ({ kind: 'failed', error: { code, message } })

const follow =
  (ports: LoopPorts, replay: Replay): LoopPorts['emit'] =>
  (chunk, call) => {
    replayChunk(replay, chunk)
    ports.emit(chunk, call)
  }

async function runSteps(ports: LoopPorts, replay: Replay): Promise<LoopOutcome> {
  let finishReason = 'stop'
  const shelf = new ToolShelf(ports.question, ports.history)
  const contents = await unlessAborted(loadAttached(ports), ports.signal)
  while (!replay.answered) {
    await safePoint(ports)
    const asksModel = replay.current.phase !== 'tools'
    const [offered, exhausted] = await Promise.all([
      offer(ports, shelf, replay),
      asksModel ? unlessAborted(ports.exhausted(), ports.signal) : null,
    ])
    if (!offered.role) return failed('not_a_member', 'The asker is no longer a member of this organisation.')
    if (asksModel) {
      if (exhausted) return failed('budget_exhausted', exhausted)
      const result = await modelPhase(ports, replay, offered, contents)
      finishReason = result.finishReason
      if (result.calls === 0) {
        if (!result.hasText) return failed('model_empty', 'The model gave no answer.')
        ports.emit({ type: 'finish-step' })
        break
      }
      // The response is complete and its calls are parsed; no tool starts before this is in the log.
      ports.emit({ type: 'data-step', data: { step: stepNumber(replay), phase: 'tools' }, transient: true })
    }
    if ((await toolsPhase(ports, replay, offered.descriptors)) === 'waiting') return { kind: 'waiting' }
    ports.emit({ type: 'finish-step' })
    await ports.flush()
  }
  return { kind: 'completed', finishReason }
}

/** Between two phases nothing is in flight: here a stop, a deadline and a hand-over take effect. */
async function safePoint(ports: LoopPorts): Promise<void> {
  await ports.ready()
  ports.signal.throwIfAborted()
  if (ports.handOverRequested()) {
    await ports.flush()
    throw new HandedOver()
  }
}

const stepNumber = (replay: Replay) =>
  replay.current.phase === 'none' ? replay.completed.length + 1 : replay.current.step

async function offer(ports: LoopPorts, shelf: ToolShelf, replay: Replay): Promise<StepTools> {
  const { tools, failures, notices, role } = await unlessAborted(ports.catalogue(), ports.signal)
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

function conclusion(ports: LoopPorts, step: number): { hint?: string; must: boolean } {
  const left = ports.limits.stepsPerRun - step + 1
  const share = (Date.now() - ports.startedAt) / (ports.limits.minutesPerRun * 60_000)
  if (share >= CONCLUDE_AT) return { hint: concludePrompt('time'), must: true }
  if (left <= CONCLUDE_STEPS_LEFT) return { hint: concludePrompt('steps'), must: left <= 1 }
  return { must: false }
}

async function modelPhase(ports: LoopPorts, replay: Replay, offered: StepTools, contents: Contents) {
  const step = stepNumber(replay)
  const { hint, must } = conclusion(ports, step)
  const built = await buildPrompt({
    system: offered.system,
    history: ports.history,
    question: ports.question,
    attached: { files: ports.attachments, contents },
    steps: replay.completed,
    tools: offered.tools,
    model: ports.model,
    conclude: hint,
  })
  if (replay.current.phase === 'none') {
    ports.emit({ type: 'start-step' })
  }
  ports.emit({ type: 'data-step', data: { step, phase: 'model' }, transient: true })
  if (built.context) ports.emit({ type: 'data-context', id: `context-${step}`, data: { step, ...built.context } })
  const result = await runModelPhase(ports, {
    prompt: built.prompt,
    tools: offered.tools,
    conclude: must,
    step,
    attempt: replay.attempt,
    callIds: replay.callIds,
    describe: (name) => describe(offered.descriptors, name),
  })
  const { inputTokens, outputTokens } = result.usage
  const spent = priced({ inputTokens: inputTokens.total ?? 0, outputTokens: outputTokens.total ?? 0 }, ports.model)
  ports.emit({ type: 'data-usage', data: addUsage(replay.usage, spent), transient: true })
  await ports.spend(spent, step)
  return result
}

function describe(descriptors: ToolDescriptor[], name: string): ToolMetadata | undefined {
  if (name === READ_EVIDENCE) return readEvidenceMetadata
  if (name === FIND_TOOLS) return findToolsMetadata
  const tool = descriptors.find((candidate) => candidate.name === name)
  return tool && { server: tool.serverName, tool: tool.toolName, risk: tool.risk, title: tool.title }
}

/** Step by step: a run that is taken over may go on with another model's price. */
const addUsage = (before: Usage, step: Usage): Usage => ({
  inputTokens: before.inputTokens + step.inputTokens,
  outputTokens: before.outputTokens + step.outputTokens,
  ...(before.costUsd === undefined && step.costUsd === undefined
    ? {}
    : { costUsd: (before.costUsd ?? 0) + (step.costUsd ?? 0) }),
})

async function toolsPhase(ports: LoopPorts, replay: Replay, descriptors: ToolDescriptor[]) {
  if (replay.current.phase !== 'tools') return 'settled'
  const pending = replay.current.calls.filter((call) => call.result === null)
  return runToolsPhase(ports, pending, descriptors)
}
