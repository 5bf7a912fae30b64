import { setTimeout as delay } from 'node:timers/promises'
import { type OrganisationLimits, principalKey } from '@/lib/access/types'
import type { CodedError, LongwatchMessage, MessageMetadata, RunChunk } from '@/lib/agent/events'
import { LeaseLost } from '@/lib/agent/ports'
import { openApprovalsTopic } from '@/lib/runs/approvals/collection'
import { openQuestions, withdrawOperations } from '@/lib/runs/approvals/wait'
import { givePlaceBack } from '@/lib/runs/capacity'
import { LOG_VERSION, logTopic, runLog, runStops, runs, startedAtOf } from '@/lib/runs/collection'
import type { Lease } from '@/lib/runs/lease'
import { commitUnderLease, type LogWriter } from '@/lib/runs/log-writer'
import { activation } from '@/lib/runs/start'
import type { Run, RunState } from '@/lib/runs/types'
import { messages, packMessage, type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import { type FoldState, foldChunks, messageOf } from '@/lib/sessions/fold'
import { closingChunks } from '@/lib/sessions/fold/close'
import { placeNext } from '@/lib/sessions/threads/place'
import { deleteBlob } from '@/lib/stores/blobs'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'
import { usageOperation } from '@/lib/usage/record'

export type Settlement =
  | { status: 'completed'; finishReason: string }
  | { status: 'failed'; error: CodedError }
  | { status: 'cancelled'; reason: string }

export interface SettleInput {
  store: Store
  lease: Lease
  writer: LogWriter
  run: Run
  fold: FoldState
  /** As the loop knows them. */
  totals: Pick<Run, 'steps' | 'attempts' | 'usage' | 'model'>
  settlement: Settlement
  limits: OrganisationLimits
}

/**
 * Ends a run: the closing events with exactly one terminal event, the run's status, the session, the assistant's
 * message, usage and the next queue item, all in one commit.
 * @returns the assistant's message, if there is anything in it. Throws `LeaseLost`.
 */
export async function settleRun(input: SettleInput): Promise<{ message: LongwatchMessage | null }> {
  const { store, lease, writer, run } = input
  await writer.flush()
  const finishedAt = Date.now()
  const chunks = lastEvents(input, finishedAt)
  const message = messageOf(foldChunks(input.fold, chunks))
  const partition = run.organisationId
  const content = isEmpty(message) ? null : await packMessage(store, partition, message)
  const asked = openQuestions(input.fold).length > 0 ? [openApprovalsTopic(partition)] : []
  for (let attempt = 0; ; attempt += 1) {
    const session = await sessions.get(store, partition, run.sessionId)
    const next = session && (await nextInQueue(store, session.body, input.settlement))
    const operations = [
      lease.fence,
      {
        kind: 'append',
        log: runLog(run.id),
        v: LOG_VERSION,
        expectedNext: writer.last + 1,
        entries: chunks.map((chunk) => JSON.stringify(chunk)),
      } satisfies Operation,
      expireLog(run.id, input.limits.logDays),
      runs.put(run.id, settledRun(input, finishedAt, writer.last + chunks.length)),
      runStops.delete(run.id),
      ...givePlaceBack(run.principal),
      usageOperation(run, { ...input.totals, toolCalls: toolCallsOf(message) }, finishedAt),
      ...(await withdrawOperations(store, partition, input.fold)),
      ...(session ? await sessionOperations(input, { session, next, content, message, finishedAt }) : []),
    ]
    const result = await commitUnderLease(store, lease, {
      partition,
      operationId: `settle:${run.id}:${lease.token}:${attempt}`,
      operations,
      signals: [logTopic(run.id), ...asked, ...(session ? sessionTopics(session.body) : [])],
    })
    if (result.status === 'applied') {
      // The session was deleted meanwhile: nothing refers to the message that was written.
      if (!session && content?.kind === 'blob') await deleteBlob(store, partition, content.reference)
      return { message: content && message }
    }
    if (result.reason === 'next') throw new LeaseLost('The log has events that this process does not know.')
    // The session or the queue was changed in between: read again.
    await delay(Math.min(attempt, 10) * 5)
  }
}

/** The events that end the log, after whatever is still open was closed. */
function lastEvents(input: SettleInput, finishedAt: number): RunChunk[] {
  const { settlement, totals, run, fold } = input
  const metadata: MessageMetadata = {
    runId: run.id,
    status: settlement.status,
    finishedAt,
    usage: totals.usage,
    attempts: totals.attempts,
    ...(totals.model ? { model: totals.model } : {}),
    ...(settlement.status === 'failed' ? { error: settlement.error } : {}),
  }
  const status: RunChunk = {
    type: 'data-run',
    data: { runId: run.id, status: settlement.status, attempt: totals.attempts },
    transient: true,
  }
  const begin: RunChunk[] = input.writer.last === 0 ? [{ type: 'start', messageId: fold.messageId }] : []
  switch (settlement.status) {
    case 'completed': {
      const finishReason = settlement.finishReason as Extract<RunChunk, { type: 'finish' }>['finishReason']
      return [...begin, status, { type: 'finish', finishReason, messageMetadata: metadata }]
    }
    case 'cancelled':
      return [
        ...begin,
        ...closingChunks(fold, 'Stopped before it had a result; whether it took effect is not known.'),
        { type: 'message-metadata', messageMetadata: metadata },
        status,
        { type: 'abort', reason: settlement.reason },
      ]
    case 'failed':
      return [
        ...begin,
        ...closingChunks(fold, 'The run failed before this had a result; whether it took effect is not known.'),
        { type: 'message-metadata', messageMetadata: metadata },
        status,
        { type: 'error', errorText: settlement.error.message },
      ]
  }
}

/** Retention: only a settled run's log ever expires. */
export const expireLog = (runId: string, days: number): Operation => ({
  kind: 'expire-log',
  log: runLog(runId),
  expiresIn: days * 24 * 3_600_000,
})

/** Nothing to read and nothing done: such a message is neither stored nor ever sent to a model. */
const isEmpty = (message: LongwatchMessage) =>
  !message.parts.some(
    (part) => (part.type === 'text' && part.text.trim() !== '') || part.type === 'dynamic-tool' || part.type === 'file',
  )

function settledRun(input: SettleInput, finishedAt: number, lastEvent: number): Run {
  const { run, settlement, totals } = input
  const startedAt = startedAtOf(run.state) ?? finishedAt
  const state: RunState =
    settlement.status === 'failed'
      ? { status: 'failed', startedAt, finishedAt, error: settlement.error }
      : { status: settlement.status, startedAt, finishedAt }
  return { ...run, ...totals, state, lastEvent }
}

const toolCallsOf = (message: LongwatchMessage) => message.parts.filter(({ type }) => type === 'dynamic-tool').length

/** What holds one question up holds the next one up as well. */
const pausesQueue = (settlement: Settlement) =>
  settlement.status === 'cancelled' || (settlement.status === 'failed' && settlement.error.code === 'budget_exhausted')

/** After `completed` and `failed` the queue goes on; after a cancel, and without budget, it pauses, unless a message steered. */
async function nextInQueue(store: Store, session: Session, settlement: Settlement): Promise<Versioned<Run> | null> {
  if (session.steeredRunId) {
    const steered = await runs.get(store, session.organisationId, session.steeredRunId)
    if (steered?.body.state.status === 'queued') return steered
  }
  if (pausesQueue(settlement) || session.queuePaused) return null
  return firstQueued(store, session)
}

export async function firstQueued(store: Store, session: Session): Promise<Versioned<Run> | null> {
  const page = await runs.list(store, session.organisationId, {
    index: 'queue',
    group: session.id,
    order: 'ascending',
    limit: 1,
  })
  return page.items[0] ?? null
}

/** Gives a queued run its session's turn; it begins as soon as it has a place (`WaitingRuns`). */
export async function promote(
  store: Store,
  next: Versioned<Run>,
  session: Session,
): Promise<{ session: Session; operations: Operation[] }> {
  const { session: changed, operations } = await activation(
    store,
    { ...next.body, state: { status: 'queued', waitsFor: 'place' } },
    session,
  )
  return { session: changed, operations: [runs.check(next.id, next.version), ...operations] }
}

async function sessionOperations(
  input: SettleInput,
  found: {
    session: Versioned<Session>
    next: Versioned<Run> | null
    content: Awaited<ReturnType<typeof packMessage>> | null
    message: LongwatchMessage
    finishedAt: number
  },
): Promise<Operation[]> {
  const { run, settlement, store } = input
  const { session, next, content, message, finishedAt } = found
  const operations: Operation[] = []
  let changed: Session = {
    ...session.body,
    lastStatus: settlement.status,
    lastRun: { id: run.id, askedBy: principalKey(run.principal) },
    activeRunId: null,
    openApprovals: [],
    updatedAt: finishedAt,
  }
  if (content) {
    const placed = placeNext(changed)
    const { position } = placed
    changed = placed.session
    operations.push(messages.put(message.id, { sessionId: session.id, runId: run.id, position, content }))
  } else {
    // Without an answer the question itself tells how its run ended.
    operations.push(...(await markQuestion(store, run, message.metadata)))
  }
  const hasQueue = next === null && (await firstQueued(store, session.body)) !== null
  changed.queuePaused = next ? false : hasQueue && pausesQueue(settlement) ? true : changed.queuePaused && hasQueue
  if (next) {
    const promoted = await promote(store, next, changed)
    changed = promoted.session
    operations.push(...promoted.operations)
  }
  return [sessions.put(session.id, changed, { ifVersion: session.version }), ...operations]
}

/** The operations by which a question tells how its run ended, when there is no answer to tell it. */
export async function markQuestion(store: Store, run: Run, ended: MessageMetadata | undefined): Promise<Operation[]> {
  const question = await messages.get(store, run.organisationId, run.userMessageId)
  if (question?.body.content.kind !== 'inline') return []
  const { message } = question.body.content
  const metadata = { ...message.metadata, ...ended, createdAt: message.metadata?.createdAt }
  return [
    messages.put(run.userMessageId, {
      ...question.body,
      content: { kind: 'inline', message: { ...message, metadata } },
    }),
  ]
}
