import { nextMoment } from '@/lib/access/moment'
import { type Membership, principalKey } from '@/lib/access/types'
import type { AttachedFile } from '@/lib/agent/attached'
import { titleFromQuestion } from '@/lib/agent/title'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, LongwatchError, notFound } from '@/lib/errors'
import { newResourceId, randomId } from '@/lib/ids'
import { attach } from '@/lib/runs/attach'
import { isRoomFor, takePlace } from '@/lib/runs/capacity'
import { idempotencyKeys, runs, type StartOutcome } from '@/lib/runs/collection'
import { enqueue } from '@/lib/runs/enqueue'
import { newRun, type RunBase } from '@/lib/runs/new-run'
import { askOpeningAhead } from '@/lib/runs/opening'
import { checkMessage, checkWords, questionMessage, wordsOf } from '@/lib/runs/question'
import { findReplaced } from '@/lib/runs/replace'
import {
  askForStart,
  askForStartAhead,
  checkKey,
  type Place,
  type StartAhead,
  type StartKey,
  type StartReads,
  startKey,
} from '@/lib/runs/start-reads'
import type { Room, Run, RunState } from '@/lib/runs/types'
import { findSessionToAct } from '@/lib/sessions/access'
import { messages, type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import { placeQuestion } from '@/lib/sessions/threads/place'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'
import { requireBudget, requireWithin } from '@/lib/usage/budget'

const IDEMPOTENCY_MILLISECONDS = 24 * 3_600_000
/** So long a request that was sent twice may be held up somewhere. */
const REFUSAL_MILLISECONDS = 30_000
const ATTEMPTS = 12

export interface StartInput {
  /** Empty only when files go with it. */
  message: string
  sessionId?: string
  orgId?: string
  model?: string
  type?: 'chat' | 'investigation'
  whenBusy?: 'queue' | 'steer' | 'reject'
  /** A question of the session: this one takes its place, and what stood from there on leaves the current thread. */
  replaces?: string
  /** Ids of files that go with the question; left out: those of the question that it replaces. */
  attachments?: string[]
  idempotencyKey?: string
}

export interface StartAnswer {
  runId: string
  sessionId: string
  status: 'running' | 'queued'
}

/**
 * Starts a run, or queues it behind the session's active one. One commit: the question, the run, the session.
 * Errors: `bad_request` (`message`, `orgId`, `model`, `attachments`, `replaces`, `whenBusy`), `not_found`, `forbidden`, `conflict` (busy and `reject`, or busy and
 * `replaces` without `steer`; replaced too often; the idempotency key was used for something else), `rate_limited` (the month's budget is used up), `unavailable` (no model;
 * this process is shutting down).
 */
export async function startRun(ctx: Ctx, input: StartInput, ahead?: StartAhead | null): Promise<StartAnswer> {
  const { answer } = await beginRun(ctx, input, ahead)
  return answer
}

/** A run that was made and begun this moment, by whoever asks. */
export type MadeRun = Pick<Run, 'id' | 'organisationId' | 'sessionId'>

/**
 * As `startRun`; `made` is null for a run that waits, and for a repeated request, whose run may be over. `ahead`: what
 * `askForStartAhead` gave for the same principal and input, a moment ago.
 */
export async function beginRun(
  ctx: Ctx,
  input: StartInput,
  ahead: StartAhead | null = null,
): Promise<{ answer: StartAnswer; made: MadeRun | null }> {
  const { supervisor } = ctx.services
  checkMessage(input.message)
  // The files of a question that is replaced are known later.
  if (input.attachments || input.replaces === undefined) checkWords(input.message, input.attachments?.length ?? 0)
  checkReplacement(input)
  if (!supervisor.accepts()) {
    throw new LongwatchError('unavailable', 'This server is shutting down; try again in a moment.', {
      dependency: 'server',
      retryAfterSeconds: 1,
    })
  }
  const key = startKey(ctx, input)
  const { place: placing, early } = ahead ?? askForStartAhead(ctx, input)
  const place = await placing
  // From here on the asker is known to be a member: only now is anything looked at that was asked for.
  checkKey(input)
  const { organisation } = place.membership
  const isRight = early?.organisationId === organisation.id
  const reads = isRight ? early : askForStart(ctx, input, { organisationId: organisation.id, key })
  const models = await reads.opening.models
  models.choose(input.model)

  // Kept over the commit, so that a run that is stored as running has a process that executes it.
  const room = supervisor.reserve(organisation.id)
  try {
    return await commitStart(ctx, input, { place, key, room, reads })
  } finally {
    room?.release()
  }
}

async function commitStart(
  ctx: Ctx,
  input: StartInput,
  found: {
    place: Place
    key: StartKey | null
    room: Room | null
    /** What the first attempt needs. */
    reads: StartReads
  },
): Promise<{ answer: StartAnswer; made: MadeRun | null }> {
  const { services } = ctx
  const { supervisor, store } = services
  const { place, key, room, reads } = found
  const { membership } = place
  const organisationId = membership.organisation.id
  const runId = newResourceId('run', organisationId)
  const newSessionId = newResourceId('ses', organisationId)
  const owning = room && supervisor.claim(organisationId, runId, room)
  let hasPlace = room !== null
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const isFirst = attempt === 0
    const earlier = key && (await (isFirst ? reads.earlier : idempotencyKeys.get(store, organisationId, key.id)))
    if (earlier) return repeated(ctx, organisationId, earlier.body, key.bodyHash)
    if (isFirst) requireWithin(await reads.spending, membership.organisation)
    else await requireBudget(store, membership.organisation)
    // Read a moment ago; anew only when somebody changed it since.
    const session = place.session && (isFirst ? place.session : (await findSessionToAct(ctx, place.session.id)).session)
    const sessionId = session?.id ?? newSessionId
    const requestedModel = input.model ?? session?.body.model ?? null
    const replaced = session && input.replaces ? await findReplaced(store, session.body, input.replaces) : null
    const ids = input.attachments ?? replaced?.attachments ?? []
    checkWords(input.message, ids.length)
    const claim = await attach(ctx, { membership, sessionId, runId, requestedModel, ids })
    const files = claim.files
    const where = { input, membership, session, runId, newSessionId, hasPlace, files, replaced }
    const plan = await planStart(ctx, where).catch(async (error: unknown) => {
      const isBusy = error instanceof LongwatchError && error.code === 'conflict' && behaviour(input) === 'reject'
      if (!key || !isBusy) throw error
      const twin = await keepRefusal(store, organisationId, key, error.message)
      if (!twin) throw error
      return { twin }
    })
    if ('twin' in plan) return repeated(ctx, organisationId, plan.twin, key?.bodyHash ?? '')
    const operations = [...plan.operations, ...claim.operations]
    if (key) {
      const body = { bodyHash: key.bodyHash, runId }
      operations.push(idempotencyKeys.put(key.id, body, { ifAbsent: true, expiresIn: IDEMPOTENCY_MILLISECONDS }))
    }
    const owned = plan.run.state.status === 'running' ? owning : null
    // A request that the model had for nothing is paid for all the same: only where the commit is likely to be applied.
    const asksModel = isFirst && isRoomFor(await reads.places, membership.organisation.limits)
    if (owned) operations.push(owned.operation)
    const sentAt = performance.now()
    const committing = store.commit({
      partition: organisationId,
      operationId: `start:${runId}`,
      operations,
      signals: plan.signals,
    })
    const asked = isFirst || !owned ? reads.opening : askOpeningAhead(services, plan.run)
    const opening = owned?.open({ run: plan.run, membership, isFirst: session === null, asksModel }, asked)
    const result = await committing.catch((error: unknown) => {
      opening?.end()
      throw error
    })
    if (result.status === 'refused') {
      opening?.end()
      if (result.reason === 'limit') hasPlace = false
      continue
    }
    if (owned && opening) {
      owned.begin({ run: plan.run, membership, opening }, result.values.at(-1) as number, sentAt)
    } else if (plan.answer.status === 'running') supervisor.execute(organisationId, runId, room ?? undefined)
    // It waits for a place: there may be one by now, or in another process.
    else if (!hasPlace) await supervisor.admit(organisationId).catch(() => undefined)
    if (plan.interrupts) supervisor.resume(organisationId, plan.interrupts)
    // A run that waited may go on by now.
    const isMade = plan.answer.status === 'running'
    const made = isMade ? { id: plan.run.id, organisationId, sessionId: plan.run.sessionId } : null
    return { answer: plan.answer, made }
  }
  throw conflict('The conversation is being changed by others right now; try again.')
}

/** A question can only be replaced where it is, and one that waits in a queue would replace what nobody has read yet. */
function checkReplacement({ replaces, sessionId, whenBusy }: StartInput): void {
  if (replaces === undefined) return
  if (sessionId === undefined) throw badRequest('replaces', 'Say in which session with sessionId.')
  if (whenBusy === 'queue') throw badRequest('whenBusy', 'A question that replaces another cannot be queued.')
}

/**
 * One key, one answer: a twin of a refused request, held up in another process, must not start after all what its asker
 * was told is refused. Answers what came of a twin that was quicker; null when there is none.
 */
async function keepRefusal(
  store: Store,
  organisationId: string,
  key: StartKey,
  refusal: string,
): Promise<StartOutcome | null> {
  const body = { bodyHash: key.bodyHash, refusal }
  const result = await store.commit({
    partition: organisationId,
    operationId: `refuse:${randomId(16)}`,
    operations: [idempotencyKeys.put(key.id, body, { ifAbsent: true, expiresIn: REFUSAL_MILLISECONDS })],
  })
  if (result.status !== 'refused') return null
  return (await idempotencyKeys.get(store, organisationId, key.id))?.body ?? null
}

async function repeated(
  ctx: Ctx,
  organisationId: string,
  earlier: StartOutcome,
  bodyHash: string,
): Promise<{ answer: StartAnswer; made: null }> {
  if (earlier.bodyHash !== bodyHash) throw conflict('This idempotency key was used for another request.')
  if ('refusal' in earlier) throw conflict(earlier.refusal)
  const run = await runs.get(ctx.services.store, organisationId, earlier.runId)
  if (!run) throw notFound('run')
  // A repeat is answered as the first time as far as the caller may act on it: queued, or on its way.
  const status = run.body.state.status === 'queued' ? 'queued' : 'running'
  return { answer: { runId: run.id, sessionId: run.body.sessionId, status }, made: null }
}

/** What is to be committed that a question starts, or waits. */
export interface StartPlan {
  run: Run
  operations: Operation[]
  signals: string[]
  answer: StartAnswer
  /** The active run that a steering message stops. */
  interrupts?: string
}

async function planStart(
  ctx: Ctx,
  where: {
    input: StartInput
    membership: Membership
    session: Versioned<Session> | null
    runId: string
    newSessionId: string
    /** False when this process has no room, or once the store refused a place: the run waits for one. */
    hasPlace: boolean
    files: AttachedFile[]
    replaced: Run['replaces'] | null
  },
): Promise<StartPlan> {
  const { input, session, runId, newSessionId, replaced } = where
  const { id: organisationId, limits } = where.membership.organisation
  const places = where.hasPlace ? takePlace(ctx.principal, limits) : null
  const now = nextMoment()
  const { store } = ctx.services
  const base = {
    id: runId,
    organisationId,
    sessionId: session?.id ?? newSessionId,
    principal: ctx.principal,
    type: input.type ?? 'chat',
    message: wordsOf(input.message),
    ...(where.files.length > 0 ? { attachments: where.files } : {}),
    requestedModel: input.model ?? session?.body.model ?? null,
    createdAt: now,
    ...(replaced ? { replaces: { id: replaced.id, position: replaced.position } } : {}),
  } as const
  if (!session) {
    const made = newSession(ctx, base, now)
    // Who chooses a model for a new conversation means the conversation, not its first question alone.
    const fresh = input.model === undefined ? made : { ...made, model: input.model }
    return startNow(store, newRun(base, begun(places, now)), fresh, {}, places)
  }
  const condition = { ifVersion: session.version }
  if (!session.body.activeRunId) {
    const startedAt = Math.max(now, session.body.lastStartedAt + 1)
    return startNow(store, newRun(base, begun(places, startedAt)), session.body, condition, places)
  }
  return enqueue(ctx, { base, session, whenBusy: behaviour(input), now })
}

/** What is to happen in a busy session: a question that replaces another is not queued. */
const behaviour = ({ whenBusy, replaces }: StartInput) => whenBusy ?? (replaces === undefined ? 'queue' : 'reject')

const begun = (places: Operation[] | null, startedAt: number): RunState =>
  places ? { status: 'running', startedAt } : { status: 'queued', waitsFor: 'place' }

function newSession(ctx: Ctx, question: RunBase, now: number): Session {
  const names = question.attachments?.map(({ name }) => name)
  return {
    id: question.sessionId,
    organisationId: question.organisationId,
    owner: principalKey(ctx.principal),
    title: titleFromQuestion(question.message, names),
    titleSource: 'question',
    visibility: 'private',
    createdAt: now,
    updatedAt: now,
    messageCount: 0,
    activeRunId: null,
    lastStartedAt: 0,
    queuePaused: false,
    steeredRunId: null,
  }
}

/**
 * The operations by which a run becomes its session's active one, and both as they then are. Put the session only if it
 * is as it was.
 */
export async function activation(
  store: Store,
  queued: Run,
  session: Session,
): Promise<{ run: Run; session: Session; operations: Operation[] }> {
  const startedAt = queued.state.status === 'running' ? queued.state.startedAt : Date.now()
  const question = { id: queued.userMessageId, replaces: queued.replaces }
  const { session: placed, position, before, operations } = await placeQuestion(store, session, question)
  const run: Run = before ? { ...queued, before } : queued
  return {
    run,
    session: {
      ...placed,
      activeRunId: run.id,
      lastStartedAt: startedAt,
      updatedAt: Math.max(startedAt, session.updatedAt),
      steeredRunId: session.steeredRunId === run.id ? null : session.steeredRunId,
    },
    operations: [
      runs.put(run.id, run),
      ...operations,
      messages.put(
        run.userMessageId,
        {
          sessionId: session.id,
          runId: run.id,
          position,
          content: { kind: 'inline', message: questionMessage(run) },
        },
        { ifAbsent: true },
      ),
    ],
  }
}

async function startNow(
  store: Store,
  made: Run,
  before: Session,
  condition: { ifVersion?: number },
  places: Operation[] | null,
): Promise<StartPlan> {
  const { run, session, operations } = await activation(store, made, before)
  const guard = condition.ifVersion === undefined ? { ifAbsent: true as const } : condition
  return {
    run,
    operations: [...(places ?? []), sessions.put(session.id, session, guard), ...operations],
    signals: sessionTopics(session),
    answer: { runId: run.id, sessionId: session.id, status: places ? 'running' : 'queued' },
  }
}
