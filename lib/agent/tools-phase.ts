import { MAX_PREVIEW_BYTES, type ToolMetadata, type ToolOutput } from '@/lib/agent/events'
import { READ_EVIDENCE, readEvidence, readEvidenceMetadata, readEvidenceTool } from '@/lib/agent/evidence-tool'
import { FIND_TOOLS, type FindToolsInput, findTools, findToolsMetadata, findToolsTool } from '@/lib/agent/find-tools'
import { HandedOver, LeaseLost, type LoopPorts, unlessAborted } from '@/lib/agent/ports'
import type { ReplayedCall } from '@/lib/agent/replay'
import { cutToBytes, loadTokenizer } from '@/lib/agent/tokens'
import { toolBudget } from '@/lib/agent/tool-shelf'
import { createArgumentValidator } from '@/lib/mcp/arguments'
import type { ToolContent, ToolDescriptor, ToolOutcome } from '@/lib/mcp/types'

const MAX_ERROR_BYTES = 8 * 1024
const PARALLEL_CALLS = 8
/** Milliseconds between two events about one call's progress. */
const PROGRESS_INTERVAL = 250

/** A call that was sent by a process that is gone, of which nobody knows whether it took effect. */
const OUTCOME_UNKNOWN =
  'Outcome unknown: interrupted. The call may or may not have taken effect; it was not made again. Check the state before you act on it.'

export type PendingCall = Pick<ReplayedCall, 'toolCallId' | 'toolName' | 'input' | 'metadata' | 'started'>

/**
 * Phase two of a step: decides and makes the calls that have no result yet, in parallel, and emits their results.
 * What a tool does wrong becomes a result that the model can act on. Throws only what ends the run: `LeaseLost`,
 * a store that is away, the stop.
 */
export async function runToolsPhase(ports: LoopPorts, calls: PendingCall[], known: ToolDescriptor[]): Promise<void> {
  const queue = [...calls]
  const workers = Array.from({ length: Math.min(PARALLEL_CALLS, queue.length) }, async () => {
    for (let call = queue.shift(); call; call = queue.shift()) await settleCall(ports, call, known)
  })
  const settled = await Promise.allSettled(workers)
  const failed = settled.filter((result) => result.status === 'rejected').map((result) => result.reason)
  // Losing the lease outranks every other failure: nothing more may be written.
  if (failed.length > 0) throw failed.find((reason) => reason instanceof LeaseLost) ?? failed[0]
  ports.signal.throwIfAborted()
}

async function settleCall(ports: LoopPorts, call: PendingCall, known: ToolDescriptor[]): Promise<void> {
  ports.signal.throwIfAborted()
  // No further call begins in a process that is about to end.
  if (ports.handOverRequested()) throw new HandedOver()
  if (call.toolName === READ_EVIDENCE) return settleReadEvidence(ports, call)
  if (call.toolName === FIND_TOOLS) return settleFindTools(ports, call)
  const decision = await unlessAborted(ports.decide(call.toolName), ports.signal)
  if (call.started && (call.metadata?.risk !== 'read' || (decision.allowed && decision.tool.risk !== 'read'))) {
    return fail(ports, call, OUTCOME_UNKNOWN)
  }
  if (!decision.allowed) return fail(ports, call, decision.reason)
  const { tool } = decision
  const problems = createArgumentValidator(tool.inputSchema)(call.input)
  if (problems.length > 0) {
    return fail(
      ports,
      call,
      `The arguments do not fit the tool: ${problems.slice(0, 8).join('; ')}. Nothing was called.`,
    )
  }
  const listed = known.find((candidate) => candidate.name === tool.name)
  if (listed && JSON.stringify(listed.inputSchema) !== JSON.stringify(tool.inputSchema)) {
    return fail(ports, call, 'The tool changed its definition just now. Read its new description and call it again.')
  }
  await makeCall(ports, call, tool)
}

async function makeCall(ports: LoopPorts, call: PendingCall, tool: ToolDescriptor): Promise<void> {
  const startedAt = Date.now()
  let toldAt = Number.NEGATIVE_INFINITY
  const progress = (data: object) => {
    // A server may tell its progress a thousand times a second; the log keeps what a person can follow.
    if (performance.now() - toldAt < PROGRESS_INTERVAL) return
    toldAt = performance.now()
    ports.emit({
      type: 'data-tool-progress',
      data: { toolCallId: call.toolCallId, status: 'running', ...data },
      transient: true,
    })
  }
  ports.emit({
    type: 'data-tool-progress',
    data: { toolCallId: call.toolCallId, status: 'started' },
    transient: true,
  })
  // The intent is stored under the token before anything leaves this process.
  await ports.flush()
  ports.signal.throwIfAborted()
  // A result that arrives while the run is being stopped is recorded all the same: it happened.
  const signal = AbortSignal.any([ports.signal, ports.handOverToolsSignal])
  const outcome = await ports.call(tool, call.input as Record<string, unknown>, progress, signal)
  // Without a result in the log the next owner decides: it reads again, and never writes again.
  const isCut = outcome.status === 'error' && outcome.reason === 'cancelled' && !ports.signal.aborted
  if (isCut && ports.handOverToolsSignal.aborted) throw new HandedOver()
  const metadata: ToolMetadata = {
    server: tool.serverName,
    tool: tool.toolName,
    risk: tool.risk,
    title: tool.title,
    startedAt,
    durationMs: Date.now() - startedAt,
  }
  if (outcome.status === 'error') return fail(ports, call, errorText(tool, outcome), metadata)
  const output = await ports.keepEvidence({ toolCallId: call.toolCallId, name: tool.name, risk: tool.risk }, outcome)
  succeed(ports, call, output, metadata)
}

async function settleReadEvidence(ports: LoopPorts, call: PendingCall): Promise<void> {
  const problems = createArgumentValidator(readEvidenceTool.inputSchema as Record<string, unknown>)(call.input)
  if (problems.length > 0) return fail(ports, call, `The arguments do not fit the tool: ${problems.join('; ')}.`)
  const startedAt = Date.now()
  const input = call.input as { evidenceId: string; offset?: number; limit?: number; search?: string }
  const { ok, text } = await readEvidence(ports, input)
  const metadata = { ...readEvidenceMetadata, startedAt, durationMs: Date.now() - startedAt }
  if (!ok) return fail(ports, call, text, metadata)
  const preview = cutToBytes(text, MAX_PREVIEW_BYTES)
  succeed(
    ports,
    call,
    {
      preview,
      evidenceId: input.evidenceId,
      bytes: Buffer.byteLength(text),
      truncated: preview.length < text.length,
      mediaType: 'text/plain',
    },
    metadata,
  )
}

async function settleFindTools(ports: LoopPorts, call: PendingCall): Promise<void> {
  const problems = createArgumentValidator(findToolsTool.inputSchema as Record<string, unknown>)(call.input)
  if (problems.length > 0) return fail(ports, call, `The arguments do not fit the tool: ${problems.join('; ')}.`)
  const startedAt = Date.now()
  const { tools } = await unlessAborted(ports.catalogue(), ports.signal)
  await loadTokenizer()
  const { text, found } = findTools(tools, call.input as FindToolsInput, toolBudget(ports.model.contextTokens))
  const metadata = { ...findToolsMetadata, startedAt, durationMs: Date.now() - startedAt, found }
  const tool = { toolCallId: call.toolCallId, name: FIND_TOOLS, risk: findToolsMetadata.risk }
  const content: ToolContent[] = [{ type: 'text', text, mediaType: 'text/plain' }]
  succeed(ports, call, await ports.keepEvidence(tool, { status: 'ok', content, cut: false }), metadata)
}

function succeed(ports: LoopPorts, call: PendingCall, output: ToolOutput, metadata: ToolMetadata): void {
  ports.emit({
    type: 'tool-output-available',
    toolCallId: call.toolCallId,
    output,
    dynamic: true,
    toolMetadata: metadata as never,
  })
}

function fail(ports: LoopPorts, call: PendingCall, text: string, metadata?: ToolMetadata): void {
  const known = metadata ?? call.metadata
  ports.emit({
    type: 'tool-output-error',
    toolCallId: call.toolCallId,
    errorText: cutToBytes(text, MAX_ERROR_BYTES),
    dynamic: true,
    ...(known ? { toolMetadata: known as never } : {}),
  })
}

const textOf = (content: ToolContent[]) =>
  content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')

function errorText(tool: ToolDescriptor, outcome: Extract<ToolOutcome, { status: 'error' }>): string {
  if (outcome.reason === 'tool') return textOf(outcome.content) || outcome.message
  // A call that left this process and got no answer may have taken effect: the model must know.
  const unknown = outcome.sent && tool.risk !== 'read' && outcome.reason !== 'unknown_tool'
  return unknown ? `${outcome.message} ${OUTCOME_UNKNOWN}` : outcome.message
}
