import type { CodedError, ToolMetadata, Usage } from '@/lib/agent/events'
import { READ_EVIDENCE, readEvidenceMetadata } from '@/lib/agent/evidence-tool'
import { FIND_TOOLS, findToolsMetadata } from '@/lib/agent/find-tools'
import { runModelPhase } from '@/lib/agent/model-phase'
import { HandedOver, type LoopPorts, type PreparedStep, unlessAborted } from '@/lib/agent/ports'
import { stepNumber } from '@/lib/agent/prepare-step'
import { type Replay, replayChunk } from '@/lib/agent/replay'
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
  while (!replay.answered) {
    await safePoint(ports)
    const prepared = await unlessAborted(ports.prepare(replay), ports.signal)
    if (prepared.kind === 'refused') return { kind: 'failed', error: prepared.error }
    if (prepared.kind === 'model') {
      const result = await modelPhase(ports, replay, prepared)
      finishReason = result.finishReason
      if (result.calls === 0) {
        if (!result.hasText) return failed('model_empty', 'The model gave no answer.')
        ports.emit({ type: 'finish-step' })
        break
      }
      // The response is complete and its calls are parsed; no tool starts before this is in the log.
      ports.emit({ type: 'data-step', data: { step: stepNumber(replay), phase: 'tools' }, transient: true })
    }
    if ((await toolsPhase(ports, replay, prepared.descriptors)) === 'waiting') return { kind: 'waiting' }
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

async function modelPhase(ports: LoopPorts, replay: Replay, prepared: Extract<PreparedStep, { kind: 'model' }>) {
  const step = stepNumber(replay)
  const { context, descriptors } = prepared
  if (replay.current.phase === 'none') {
    ports.emit({ type: 'start-step' })
  }
  ports.emit({ type: 'data-step', data: { step, phase: 'model' }, transient: true })
  if (context) ports.emit({ type: 'data-context', id: `context-${step}`, data: { step, ...context } })
  const result = await runModelPhase(ports, {
    prepared,
    step,
    attempt: replay.attempt,
    callIds: replay.callIds,
    describe: (name) => describe(descriptors, name),
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
