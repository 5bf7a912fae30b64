import { MAX_PREVIEW_BYTES, type ToolMetadata, type ToolOutput } from '@/lib/agent/events'
import { READ_EVIDENCE, readEvidence, readEvidenceMetadata, readEvidenceTool } from '@/lib/agent/evidence-tool'
import { FIND_TOOLS, type FindToolsInput, findTools, findToolsMetadata, findToolsTool } from '@/lib/agent/find-tools'
import { type CallRecord, HandedOver, LeaseLost, type LoopPorts, unlessAborted } from '@/lib/agent/ports'
import type { ReplayedCall } from '@/lib/agent/replay'
import { cutToBytes, loadTokenizer } from '@/lib/agent/tokens'
import { toolBudget } from '@/lib/agent/tool-shelf'
import { canonicalJson, createArgumentValidator } from '@/lib/mcp/arguments'
import { definitionOf } from '@/lib/mcp/policy'
import type { ToolContent, ToolDescriptor, ToolOutcome } from '@/lib/mcp/types'

const MAX_ERROR_BYTES = 8 * 1024
const PARALLEL_CALLS = 8
/** Milliseconds between two events about one call's progress. */
const PROGRESS_INTERVAL = 250

/** A call that was sent by a process that is gone, of which nobody knows whether it took effect. */
const OUTCOME_UNKNOWN =
  'Outcome unknown: interrupted. The call may or may not have taken effect; it was not made again. Check the state before you act on it.'

export type PendingCall = ReplayedCall

/** What is to be done about a call, decided with role, policy and tool as they are now. */
type Verdict =
  /** A tool of Longwatch's own, which reads what the asker may see anyway. */
  | { kind: 'own' }
  | { kind: 'call'; tool: ToolDescriptor; decision: 'auto' | 'approved' | 'granted' }
  | { kind: 'ask'; tool: ToolDescriptor }
  | { kind: 'fail'; text: string; record: Omit<CallRecord, 'toolCallId' | 'toolName' | 'arguments' | 'durationMs'> }

/** Asked about, and as far as the log tells not decided. */
const isOpen = (call: PendingCall) => call.approval !== null && call.approval.decision === undefined

/**
 * Phase two of a step: decides and makes the calls that have no result yet, in parallel, and emits their results.
 * What a tool does wrong becomes a result that the model can act on. Calls that a person must approve of are asked for
 * together while the others go on. Throws only what ends the run: `LeaseLost`, a store that is away, the stop.
 * @returns `waiting` when nothing is left but calls that people have not decided about.
 */
export async function runToolsPhase(
  ports: LoopPorts,
  calls: PendingCall[],
  known: ToolDescriptor[],
): Promise<'settled' | 'waiting'> {
  const slots = new Slots(PARALLEL_CALLS)
  const running = new Set<Promise<void>>()
  const begun = new Set<PendingCall>()
  const failures: unknown[] = []
  const run = (work: Promise<unknown>) => {
    const settled = work.then(
      () => undefined,
      (failure) => void failures.push(failure),
    )
    const entry: Promise<void> = settled.finally(() => running.delete(entry))
    running.add(entry)
  }
  const begin = (group: PendingCall[]) => {
    const verdicts = group.map((call) => {
      begun.add(call)
      return triage(ports, call, known)
    })
    for (const [index, verdict] of verdicts.entries()) {
      const call = group[index] as PendingCall
      // A call that was kept waiting is decided anew, and what must be asked for then is looked at in the next round.
      const again = () => void begun.delete(call)
      run(verdict.then((first) => slots.use((delayed) => act(ports, call, known, delayed ? null : first, again))))
    }
    run(Promise.all(verdicts).then((all) => askTogether(ports, group, all, () => running.size > 1)))
  }
  for (;;) {
    if (failures.length === 0) {
      const open = calls.filter(isOpen)
      if (open.length > 0) await takeDecisions(ports, open, begun).catch((failure) => failures.push(failure))
    }
    if (failures.length === 0) {
      const ready = calls.filter((call) => call.result === null && !begun.has(call) && !isOpen(call))
      if (ready.length > 0) begin(ready)
    }
    if (running.size === 0) break
    // Without a question nobody can answer, and nothing but the calls is waited for.
    const wakers = calls.some(isOpen) && failures.length === 0 ? [...running, ports.approvals.changed()] : [...running]
    await Promise.race(wakers)
  }
  // Losing the lease outranks every other failure: nothing more may be written.
  if (failures.length > 0) throw failures.find((reason) => reason instanceof LeaseLost) ?? failures[0]
  ports.signal.throwIfAborted()
  return calls.some((call) => call.result === null) ? 'waiting' : 'settled'
}

/** Lets so many things happen at once; the others wait for their turn. */
class Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(count: number) {
    this.free = count
  }

  /** `work` learns whether it had to wait. */
  async use<T>(work: (delayed: boolean) => Promise<T>): Promise<T> {
    const delayed = this.free === 0
    if (delayed) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.free -= 1
    try {
      return await work(delayed)
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.free += 1
    }
  }
}

/** Puts the decisions that were made into the log; their calls can go on. */
async function takeDecisions(ports: LoopPorts, open: PendingCall[], begun: Set<PendingCall>): Promise<void> {
  const decided = await ports.approvals.decisions(open.flatMap(({ approval }) => approval ?? []))
  for (const chunk of decided) {
    ports.emit(chunk)
    const call = open.find(({ toolCallId }) => toolCallId === chunk.data.toolCallId)
    if (call) begun.delete(call)
  }
}

/** Asks for all calls of the group that need it, in one commit if it holds them. */
async function askTogether(
  ports: LoopPorts,
  group: PendingCall[],
  verdicts: Verdict[],
  othersGoOn: () => boolean,
): Promise<void> {
  const asked = group.flatMap((call, index) => {
    const verdict = verdicts[index]
    return verdict?.kind === 'ask' ? [{ call, tool: verdict.tool }] : []
  })
  if (asked.length === 0) return
  ports.signal.throwIfAborted()
  const questions = await ports.approvals.questions(asked)
  for (const question of questions) ports.emit(question)
  await ports.flush()
  // If nothing else goes on the run begins to wait at once, which tells the same.
  if (othersGoOn()) await ports.approvals.announce()
}

async function triage(ports: LoopPorts, call: PendingCall, known: ToolDescriptor[]): Promise<Verdict> {
  ports.signal.throwIfAborted()
  // No further call begins in a process that is about to end.
  if (ports.handOverRequested()) throw new HandedOver()
  if (call.toolName === READ_EVIDENCE || call.toolName === FIND_TOOLS) return { kind: 'own' }
  const decision = await unlessAborted(ports.decide(call.toolName), ports.signal)
  const tool = decision.tool
  const refused = (text: string): Verdict => ({
    kind: 'fail',
    text,
    record: { tool, decision: 'refused', reason: text, outcome: 'not called' },
  })
  if (call.started && (call.metadata?.risk !== 'read' || (decision.allowed && decision.tool.risk !== 'read'))) {
    const made = call.approval ? 'approved' : 'auto'
    return { kind: 'fail', text: OUTCOME_UNKNOWN, record: { tool, decision: made, outcome: 'unknown' } }
  }
  const { approval } = call
  if (approval?.decision === 'reject') {
    const text = rejectionText(approval)
    const made = approval.expired ? 'expired' : 'rejected'
    return { kind: 'fail', text, record: { tool, decision: made, reason: text, outcome: 'not called' } }
  }
  if (!decision.allowed) return refused(decision.reason)
  const problem = problemOf(call, decision.tool, known)
  if (problem) return refused(problem)
  if (!decision.needsApproval) return { kind: 'call', tool: decision.tool, decision: approval ? 'approved' : 'auto' }
  if (approval) return { kind: 'call', tool: decision.tool, decision: 'approved' }
  if (await unlessAborted(ports.isGranted(decision.tool, call.input), ports.signal)) {
    return { kind: 'call', tool: decision.tool, decision: 'granted' }
  }
  return { kind: 'ask', tool: decision.tool }
}

/** Why the call cannot be made as it is, approved or not; null when it can. */
function problemOf(call: PendingCall, tool: ToolDescriptor, known: ToolDescriptor[]): string | null {
  const { approval } = call
  if (approval && definitionOf(tool) !== approval.definition) {
    return 'The tool changed its definition after the call had been approved. Nothing was called. Read its new description and call it again.'
  }
  if (approval && canonicalJson(approval.arguments) !== canonicalJson(call.input)) {
    return 'The arguments are not those that were approved. Nothing was called.'
  }
  const problems = createArgumentValidator(tool.inputSchema)(call.input)
  if (problems.length > 0) {
    return `The arguments do not fit the tool: ${problems.slice(0, 8).join('; ')}. Nothing was called.`
  }
  const listed = known.find((candidate) => candidate.name === tool.name)
  if (listed && JSON.stringify(listed.inputSchema) !== JSON.stringify(tool.inputSchema)) {
    return 'The tool changed its definition just now. Read its new description and call it again.'
  }
  return null
}

function rejectionText(approval: NonNullable<PendingCall['approval']>): string {
  if (approval.expired) return 'Nobody approved of this call in time, which counts as a rejection. Nothing was called.'
  const who = approval.decidedBy ?? 'A person'
  const comment = approval.comment ? ` Their comment: ${JSON.stringify(approval.comment)}.` : ''
  return `${who} rejected this call.${comment} Nothing was called. Do not try the same call again.`
}

async function act(
  ports: LoopPorts,
  call: PendingCall,
  known: ToolDescriptor[],
  first: Verdict | null,
  again: () => void,
): Promise<void> {
  const verdict = first ?? (await triage(ports, call, known))
  if (verdict.kind === 'own') {
    return call.toolName === FIND_TOOLS ? settleFindTools(ports, call) : settleReadEvidence(ports, call)
  }
  if (verdict.kind === 'call') return makeCall(ports, call, verdict.tool, verdict.decision)
  if (verdict.kind === 'fail') return fail(ports, call, verdict.text, undefined, { ...verdict.record, durationMs: 0 })
  if (!first) again()
}

async function makeCall(
  ports: LoopPorts,
  call: PendingCall,
  tool: ToolDescriptor,
  decision: CallRecord['decision'],
): Promise<void> {
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
  const made = { tool, decision, durationMs: metadata.durationMs ?? 0 }
  if (outcome.status === 'error') {
    const text = errorText(tool, outcome)
    const unsent = !outcome.sent && outcome.reason !== 'tool'
    return fail(ports, call, text, metadata, { ...made, reason: text, outcome: unsent ? 'not called' : 'failed' })
  }
  const output = await ports.keepEvidence({ toolCallId: call.toolCallId, name: tool.name, risk: tool.risk }, outcome)
  succeed(ports, call, output, metadata, { ...made, outcome: 'ok' })
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

type Made = Omit<CallRecord, 'toolCallId' | 'toolName' | 'arguments'>

/** What the audit log says of a call. */
const recordOf = (call: PendingCall, made: Made | undefined): CallRecord | undefined =>
  made && { ...made, toolCallId: call.toolCallId, toolName: call.toolName, arguments: call.input }

function succeed(ports: LoopPorts, call: PendingCall, output: ToolOutput, metadata: ToolMetadata, made?: Made): void {
  const chunk = {
    type: 'tool-output-available',
    toolCallId: call.toolCallId,
    output,
    dynamic: true,
    toolMetadata: metadata as never,
  } as const
  ports.emit(chunk, recordOf(call, made))
}

function fail(ports: LoopPorts, call: PendingCall, text: string, metadata?: ToolMetadata, made?: Made): void {
  const known = metadata ?? call.metadata
  const chunk = {
    type: 'tool-output-error',
    toolCallId: call.toolCallId,
    errorText: cutToBytes(text, MAX_ERROR_BYTES),
    dynamic: true,
    ...(known ? { toolMetadata: known as never } : {}),
  } as const
  ports.emit(chunk, recordOf(call, made))
}

const textOf = (content: ToolContent[]) =>
  content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')

function errorText(tool: ToolDescriptor, outcome: Extract<ToolOutcome, { status: 'error' }>): string {
  if (outcome.reason === 'tool') return textOf(outcome.content) || outcome.message
  // A call that left this process and got no answer may have taken effect: the model must know.
  const unknown = outcome.sent && tool.risk !== 'read' && outcome.reason !== 'unknown_tool'
  return unknown ? `${outcome.message} ${OUTCOME_UNKNOWN}` : outcome.message
}
