import fc from 'fast-check'
import type { RunChunk, ToolMetadata } from '@/lib/agent/events'
import { messageIdOf } from '@/lib/agent/events'
import { emptyFold, foldChunks } from '@/lib/sessions/fold'
import { closingChunks } from '@/lib/sessions/fold/close'

/** Random logs as the agent loop writes them, for property tests of whatever reads a log. */

type Block =
  | { kind: 'text' | 'reasoning'; deltas: string[]; signed: boolean }
  | { kind: 'tool'; deltas: string[]; call: Call }

type Call = { outcome: 'output' | 'error' | 'broken input'; progress: number; preliminary: boolean; approval: boolean }

interface StepScript {
  blocks: Block[]
  /** Which of the waiting sequences gives the next chunk. */
  picks: number[]
  /** Each cuts the model phase off after so many chunks; then it is taken over and begun anew. */
  lostAttempts: number[]
  /** Cuts the tools phase, which is then gone on with. */
  toolsTakeOver: number | null
  context: boolean
}

interface RunScript {
  steps: StepScript[]
  ending: { kind: 'finish' } | { kind: 'abort' | 'error'; lost: number }
}

const delta = fc.string({ unit: 'binary', maxLength: 6 })
const call: fc.Arbitrary<Call> = fc.record({
  outcome: fc.constantFrom('output', 'output', 'error', 'broken input'),
  progress: fc.nat(2),
  preliminary: fc.boolean(),
  approval: fc.boolean(),
})
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('text' as const, 'reasoning' as const),
    deltas: fc.array(delta, { maxLength: 5 }),
    signed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('tool' as const), deltas: fc.array(delta, { maxLength: 3 }), call }),
)
const step: fc.Arbitrary<StepScript> = fc.record({
  blocks: fc.array(block, { maxLength: 4 }),
  picks: fc.array(fc.nat(7), { maxLength: 30 }),
  lostAttempts: fc.array(fc.nat(12), { maxLength: 2 }),
  toolsTakeOver: fc.option(fc.nat(8)),
  context: fc.boolean(),
})
const script: fc.Arbitrary<RunScript> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  ending: fc.oneof(
    fc.constant({ kind: 'finish' as const }),
    fc.record({ kind: fc.constantFrom('abort' as const, 'error' as const), lost: fc.nat(25) }),
  ),
})

/** One order of all chunks in which every sequence keeps its own. */
function interleave(sequences: RunChunk[][], picks: number[]): RunChunk[] {
  const waiting = sequences.map((sequence) => [...sequence])
  const merged: RunChunk[] = []
  for (let turn = 0; ; turn++) {
    const left = waiting.filter((sequence) => sequence.length > 0)
    const next = left[(picks[turn] ?? 0) % Math.max(left.length, 1)]?.shift()
    if (!next) return merged
    merged.push(next)
  }
}

const own = <Type extends RunChunk['type']>(chunk: Extract<RunChunk, { type: Type }>): RunChunk => chunk as RunChunk
const toolMetadata = { server: 'metrics', tool: 'query', risk: 'read' } satisfies ToolMetadata

function blockChunks(item: Block, id: string): RunChunk[] {
  const providerMetadata = { test: { id } }
  if (item.kind === 'tool') {
    const tool = { toolCallId: id, toolName: 'metrics_query', dynamic: true, toolMetadata }
    const deltas = item.deltas.map(
      (inputTextDelta): RunChunk => ({ type: 'tool-input-delta', toolCallId: id, inputTextDelta }),
    )
    const end: RunChunk =
      item.call.outcome === 'broken input'
        ? { type: 'tool-input-error', ...tool, input: {}, errorText: 'The input is not valid.' }
        : { type: 'tool-input-available', ...tool, input: { query: id }, providerMetadata }
    return [{ type: 'tool-input-start', ...tool }, ...deltas, end]
  }
  const deltas = item.deltas.map((text): RunChunk => ({ type: `${item.kind}-delta`, id, delta: text }))
  const end: RunChunk = { type: `${item.kind}-end`, id, ...(item.signed && { providerMetadata }) }
  return [{ type: `${item.kind}-start`, id }, ...deltas, end]
}

function callChunks(item: Call, toolCallId: string): RunChunk[] {
  const approval = { approvalId: `apr_${toolCallId}`, toolCallId, toolName: 'metrics_query', risk: 'write' as const }
  const asked = {
    ...approval,
    server: 'metrics',
    tool: 'query',
    arguments: { query: toolCallId },
    definition: 'as it was',
    decidableBy: 'asker' as const,
    askedAt: 0,
    expiresAt: 1,
  }
  const output = { preview: `result of ${toolCallId}`, evidenceId: `ev_${toolCallId}`, bytes: 3, truncated: false }
  const chunks: RunChunk[] = []
  if (item.approval) {
    chunks.push(own<'data-approval'>({ type: 'data-approval', id: approval.approvalId, data: asked }))
    const decided = { ...asked, decision: 'approve' as const, decidedBy: 'Ada' }
    chunks.push(own<'data-approval'>({ type: 'data-approval', id: approval.approvalId, data: decided }))
  }
  const progress = (status: 'started' | 'running', share?: number) =>
    own<'data-tool-progress'>({
      type: 'data-tool-progress',
      data: { toolCallId, status, ...(share !== undefined && { progress: share }) },
      transient: true,
    })
  chunks.push(progress('started'))
  for (let index = 0; index < item.progress; index++) chunks.push(progress('running', index))
  if (item.preliminary)
    chunks.push({ type: 'tool-output-available', toolCallId, output, preliminary: true, dynamic: true })
  chunks.push(
    item.outcome === 'output'
      ? {
          type: 'tool-output-available',
          toolCallId,
          output,
          dynamic: true,
          toolMetadata: { ...toolMetadata, durationMs: 4 },
        }
      : { type: 'tool-output-error', toolCallId, errorText: 'It failed.', dynamic: true },
  )
  return chunks
}

function render({ steps, ending }: RunScript): RunChunk[] {
  const runId = 'run_test'
  let attempt = 1
  const status = () =>
    own<'data-run'>({ type: 'data-run', data: { runId, status: 'running', attempt: attempt++ }, transient: true })
  const log: RunChunk[] = [
    {
      type: 'start',
      messageId: messageIdOf(runId),
      messageMetadata: { runId, createdAt: 1, usage: { inputTokens: 0, outputTokens: 0 } },
    },
    status(),
  ]
  for (const [number, item] of steps.entries()) {
    const phase = (name: 'model' | 'tools') =>
      own<'data-step'>({ type: 'data-step', data: { step: number + 1, phase: name }, transient: true })
    const modelPhase = (prefix: string) => [
      ...(item.context
        ? [
            own<'data-context'>({
              type: 'data-context',
              id: `context-${number + 1}`,
              data: { step: number + 1, shrunkResults: 0, droppedTurns: 1, tokensBefore: 9, tokensAfter: 5 },
            }),
          ]
        : []),
      ...interleave(
        item.blocks.map((part, index) => blockChunks(part, `${prefix}-${index}`)),
        item.picks,
      ),
    ]
    log.push({ type: 'start-step' }, phase('model'))
    for (const [index, cut] of item.lostAttempts.entries()) {
      log.push(...modelPhase(`lost${number}.${index}`).slice(0, cut), { type: 'reset-step' }, status(), phase('model'))
    }
    log.push(...modelPhase(`step${number}`))
    log.push(
      own<'data-usage'>({ type: 'data-usage', data: { inputTokens: 10, outputTokens: number }, transient: true }),
    )
    const calls = item.blocks.flatMap((part, index) =>
      part.kind === 'tool' && part.call.outcome !== 'broken input'
        ? [callChunks(part.call, `step${number}-${index}`)]
        : [],
    )
    if (calls.length > 0) {
      const results = interleave(calls, item.picks)
      const cut = item.toolsTakeOver ?? results.length
      log.push(phase('tools'), ...results.slice(0, cut))
      if (cut < results.length) log.push(status(), ...results.slice(cut))
    }
    log.push({ type: 'finish-step' })
  }
  if (ending.kind === 'finish') {
    const metadata = { status: 'completed' as const, finishedAt: 2, usage: { inputTokens: 10, outputTokens: 3 } }
    return [...log, { type: 'finish', finishReason: 'stop', messageMetadata: metadata }]
  }
  const cut = log.slice(0, Math.max(2, log.length - ending.lost))
  const closing = closingChunks(foldChunks(emptyFold(messageIdOf(runId)), cut), 'Interrupted.')
  return ending.kind === 'abort'
    ? [
        ...cut,
        ...closing,
        { type: 'message-metadata', messageMetadata: { status: 'cancelled', finishedAt: 2 } },
        { type: 'abort' },
      ]
    : [
        ...cut,
        ...closing,
        {
          type: 'message-metadata',
          messageMetadata: { status: 'failed', error: { code: 'internal', message: 'No.' } },
        },
        { type: 'error', errorText: 'No.' },
      ]
}

/** A whole log of the run `run_test`: steps, take-overs in both phases, and one of the three endings. */
export const randomLog = (): fc.Arbitrary<RunChunk[]> => script.map(render)
