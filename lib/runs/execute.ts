import type { AuditActor } from '@/lib/access/audit-collection'
import { membershipIn } from '@/lib/access/memberships'
import { DEFAULT_LIMITS, findOrganisation } from '@/lib/access/organisations'
import { type Membership, type OrganisationLimits, principalKey } from '@/lib/access/types'
import { messageIdOf, type RunChunk } from '@/lib/agent/events'
import { runLoop } from '@/lib/agent/loop'
import { type CallRecord, HandedOver, LeaseLost, RunStopped } from '@/lib/agent/ports'
import { emptyReplay, type Replay, replayChunk } from '@/lib/agent/replay'
import type { Services } from '@/lib/context'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import type { ResolvedModel } from '@/lib/models/types'
import { createApprovals, type RunApprovals } from '@/lib/runs/approvals/ask'
import { beginWaiting } from '@/lib/runs/approvals/wait'
import { callAuditOperation } from '@/lib/runs/audit-call'
import { isSettled, runStops, runs, startedAtOf, stopTopic } from '@/lib/runs/collection'
import type { HandOver } from '@/lib/runs/hand-over'
import type { Lease } from '@/lib/runs/lease'
import { commitUnderLease, LogWriter, sizeOf } from '@/lib/runs/log-writer'
import { readOpening } from '@/lib/runs/opening'
import { createPorts } from '@/lib/runs/ports'
import { recoverRun } from '@/lib/runs/recover'
import { type Settlement, settleRun } from '@/lib/runs/settle'
import type { NewRun, Run } from '@/lib/runs/types'
import { emptyFold, type FoldState, foldChunk } from '@/lib/sessions/fold'
import { retitle } from '@/lib/sessions/retitle'
import type { Operation } from '@/lib/stores/contract'

export interface ExecuteInput {
  services: Services
  lease: Lease
  organisationId: string
  runId: string
  handOver: HandOver
  /** Of a run that was made together with the lease: its log is empty, and this is what there is to know of it. */
  made?: NewRun
}

/** How this process is done with a run. */
export type ExecuteOutcome =
  | { kind: 'settled' }
  | { kind: 'handed-over' }
  /** It waits for people: nobody executes it until they have decided. */
  | { kind: 'waiting' }
  /** Nothing to do any more: it had been settled, or is queued, or is gone. */
  | { kind: 'nothing' }

/** After so many take-overs without a completed step a run fails: something in it kills its processes. */
const MAX_TAKE_OVERS = 3
/** Milliseconds until a new run hears of stops: one that comes before is read then. */
const HEED_STOP_AFTER = 20
/** A single event larger than this would not fit into a commit together with its fence. */
const MAX_EVENT_BYTES = 512 * 1024

/**
 * Executes a run under a lease that this process holds, from wherever its log stands, to its settlement.
 * Throws `LeaseLost` or `StoreUnavailable`: then the run is left for whoever takes it over.
 */
export async function executeRun(input: ExecuteInput): Promise<ExecuteOutcome> {
  const { services, organisationId, runId, made } = input
  if (made) return finished(Execution.fresh(input, made))
  const stored = await runs.get(services.store, organisationId, runId)
  if (!stored || isSettled(stored.body.state) || stored.body.state.status === 'queued') return { kind: 'nothing' }
  if (stored.body.state.status === 'waiting') return { kind: 'waiting' }
  return finished(await Execution.begin(input, stored.body))
}

async function finished(execution: Execution): Promise<ExecuteOutcome> {
  try {
    return await execution.run()
  } finally {
    execution.end()
  }
}

class Execution {
  private readonly input: ExecuteInput
  private readonly writer: LogWriter
  private readonly stopWriting: () => void
  private readonly replay: Replay
  private readonly takenOver: boolean
  private readonly damaged: boolean
  private readonly stop = new AbortController()
  private readonly oversize = new AbortController()
  private readonly limits: OrganisationLimits
  private run_: Run
  private fold: FoldState
  private model: ResolvedModel | null = null
  /** Something was completed in this process that the next one need not do again. */
  private progressed = false
  private unsubscribe: () => void = () => {}
  /** Of a new run that is about to call tools: it does not wait any longer until it hears of stops. */
  private heedNow: () => void = () => {}
  private approvals: RunApprovals | null = null
  private actor: AuditActor
  private ended = false

  private constructor(
    input: ExecuteInput,
    run: Run,
    recovered: Awaited<ReturnType<typeof recoverRun>>,
    limits: OrganisationLimits,
  ) {
    const { services, lease, organisationId, runId } = input
    this.input = input
    this.run_ = run
    this.actor = { key: principalKey(run.principal), name: run.principal.id }
    this.limits = limits
    this.fold = recovered.fold
    this.replay = recovered.replay
    this.takenOver = recovered.last > 0
    this.damaged = recovered.damaged
    this.writer = new LogWriter({
      store: services.store,
      tails: services.tails,
      lease,
      partition: organisationId,
      runId,
      last: recovered.last,
    })
    this.stopWriting = services.tails.writing(organisationId, runId, this.writer)
    // Whoever has the run then is heard of at once, however long this execution takes to end.
    if (lease.signal.aborted) this.stopWriting()
    else lease.signal.addEventListener('abort', this.stopWriting, { once: true })
  }

  static async begin(input: ExecuteInput, run: Run): Promise<Execution> {
    const { store } = input.services
    const recovered = await recoverRun(store, input.organisationId, run.id)
    const organisation = await findOrganisation(store, input.organisationId)
    const execution = new Execution(input, run, recovered, organisation?.limits ?? DEFAULT_LIMITS)
    try {
      await execution.heedStop()
    } catch (error) {
      execution.end()
      throw error
    }
    return execution
  }

  /** Of a run that was just made. Nobody could stop it before, so it does not wait to hear of that. */
  static fresh(input: ExecuteInput, made: NewRun): Execution {
    const recovered = { replay: emptyReplay(), fold: emptyFold(messageIdOf(made.run.id)), last: 0, damaged: false }
    const execution = new Execution(input, made.run, recovered, made.membership.organisation.limits)
    // The first word comes before. Who cannot hear of a stop may not go on: whoever takes the run over can.
    let heeds = false
    const heed = () => {
      if (heeds) return
      heeds = true
      clearTimeout(timer)
      execution.heedStop().catch(() => input.lease.lose('A stop of the run could not be heard of.'))
    }
    const timer = setTimeout(heed, HEED_STOP_AFTER)
    execution.unsubscribe = () => clearTimeout(timer)
    execution.heedNow = heed
    return execution
  }

  /** From now on a stored stop ends the run: one that is there already, one that is signalled, and with each heartbeat. */
  private async heedStop(): Promise<void> {
    if (this.ended) return
    const { services, organisationId, runId, lease } = this.input
    const readStop = async () => {
      const wish = await runStops.get(services.store, organisationId, runId)
      if (wish) this.stop.abort(new RunStopped(wish.body.by))
    }
    lease.onBeat(readStop)
    const unsubscribe = await services.store.subscribe(stopTopic(runId), () => void readStop().catch(() => undefined))
    if (this.ended) return unsubscribe()
    this.unsubscribe = unsubscribe
    await readStop()
  }

  end(): void {
    this.ended = true
    this.unsubscribe()
    this.stopWriting()
    this.input.lease.signal.removeEventListener('abort', this.stopWriting)
    this.approvals?.end()
  }

  async run(): Promise<ExecuteOutcome> {
    try {
      const settlement = await this.attempt()
      return settlement === 'waiting' ? { kind: 'waiting' } : await this.settle(settlement)
    } catch (error) {
      // What calls returned is stored before the lease is given up: the next owner must not make them again.
      if (!(error instanceof HandedOver)) {
        await this.writer.flush().catch(() => undefined)
        throw error
      }
      const mark = this.runChunk(Math.max(1, this.replay.attempt))
      this.own({ ...mark, data: { ...mark.data, handedOver: true } })
      await this.writer.flush()
      return { kind: 'handed-over' }
    }
  }

  /** Runs the loop and says how the run is to be settled; throws what leaves it unsettled. */
  private async attempt(): Promise<Settlement | 'waiting'> {
    try {
      this.stop.signal.throwIfAborted()
      // With the first step in hand both are announced in one append.
      await this.input.made?.opening.ready
      await this.announce()
      if (this.damaged) return failed('log_damaged', 'The record of this run is damaged; it cannot go on.')
      if (this.replay.takeOversInStep >= MAX_TAKE_OVERS) {
        return failed('interrupted_repeatedly', 'The run was interrupted three times in the same step.')
      }
      if (this.replay.answered) return { status: 'completed', finishReason: 'stop' }
      const { services, organisationId, made } = this.input
      const membership = made?.membership ?? (await membershipIn(services.store, this.run_.principal, organisationId))
      if (!membership) return failed('not_a_member', 'The asker is no longer a member of this organisation.')
      return await this.loop(membership)
    } catch (error) {
      return this.settlementOf(error)
    } finally {
      this.input.made?.opening.end()
    }
  }

  private async loop(membership: Membership): Promise<Settlement | 'waiting'> {
    const { services, lease, handOver, made } = this.input
    const run = this.run_
    const opening = await (made?.opening.ready ?? readOpening({ services, run, membership }))
    const { model } = opening.step
    this.model = model
    // One that was asked for and is gone since gave way to the default, which the message then names.
    if (model.id !== this.fold.metadata?.model) {
      this.own({ type: 'message-metadata', messageMetadata: { model: model.id } })
    }
    const { askerName } = opening
    this.actor = { ...this.actor, name: askerName }
    this.approvals = createApprovals({
      store: services.store,
      lease,
      writer: this.writer,
      run,
      fold: () => this.fold,
      askerName,
      patience: membership.organisation.limits.approvalMinutes * 60_000,
    })
    const ports = createPorts({
      services,
      run,
      membership,
      lease,
      writer: this.writer,
      signal: AbortSignal.any([this.stop.signal, this.oversize.signal, lease.signal]),
      handOver,
      emit: (chunk, call) => this.emit(chunk, call),
      approvals: this.approvals,
      opening,
    })
    for (;;) {
      const outcome = await runLoop(ports, this.replay)
      if (outcome.kind === 'failed') return { status: 'failed', error: outcome.error }
      if (outcome.kind === 'completed') return { status: 'completed', finishReason: outcome.finishReason }
      if (await this.wait()) return 'waiting'
    }
  }

  /** False when somebody decided just now. */
  private wait(): Promise<boolean> {
    const { services, lease } = this.input
    return beginWaiting({
      store: services.store,
      lease,
      writer: this.writer,
      run: this.run_,
      fold: this.fold,
      attempt: Math.max(1, this.replay.attempt),
    })
  }

  private settlementOf(error: unknown): Settlement {
    const { lease, services, handOver } = this.input
    lease.signal.throwIfAborted()
    if (this.oversize.signal.aborted) {
      return failed('run_too_large', 'The run reached the limit of what the log of one run may hold.')
    }
    if (error instanceof LeaseLost || error instanceof StoreUnavailable) throw error
    if (this.stop.signal.aborted) return { status: 'cancelled', reason: 'stopped' }
    if (error instanceof HandedOver || handOver.modelSignal.aborted) {
      // What a whole invocation was not enough for would be begun anew for ever.
      if (handOver.exceedsPlatform && !this.progressed) return this.exceedsPlatform()
      throw new HandedOver()
    }
    if (error instanceof RunStopped) return { status: 'cancelled', reason: 'stopped' }
    if (error instanceof LongwatchError && error.code !== 'internal') return failed(error.code, error.message)
    const reference = randomId(8)
    services.logger.error({ err: error, runId: this.run_.id, reference }, 'run failed by an unexpected error')
    return failed('internal', `Something went wrong on the server (reference ${reference}).`)
  }

  private exceedsPlatform(): Settlement {
    const what = this.replay.current.phase === 'tools' ? 'A tool call' : 'One answer of the model'
    return failed('step_exceeds_platform_limit', `${what} took longer than the platform lets a request live.`)
  }

  /** The first events of this attempt: a new log's beginning, or the marks of a take-over. */
  private async announce(): Promise<void> {
    const run = this.run_
    if (!this.takenOver) {
      const metadata = { runId: run.id, createdAt: startedAtOf(run.state) ?? run.createdAt }
      this.own({ type: 'start', messageId: this.fold.messageId, messageMetadata: metadata })
      this.own(this.runChunk(1))
      // Whoever made it may have been killed by it; from now on take-overs are counted.
      if (!this.input.made) await this.writer.flush()
      return
    }
    if (this.replay.waiting) {
      this.own(this.runChunk(Math.max(1, this.replay.attempt)))
      return
    }
    const attempt = Math.max(this.replay.attempt, 1) + 1
    // In the tools phase nothing is reset: results are kept, and calls without one are decided anew.
    if (this.replay.current.phase === 'model') this.own({ type: 'reset-step' })
    this.own(this.runChunk(attempt))
    this.run_ = { ...run, attempts: attempt }
    await this.writer.flush()
    const { lease, services } = this.input
    await commitUnderLease(services.store, lease, {
      partition: run.organisationId,
      operationId: `attempt:${run.id}:${lease.token}`,
      operations: [lease.fence, runs.put(run.id, this.run_)],
    })
  }

  private runChunk(attempt: number): Extract<RunChunk, { type: 'data-run' }> {
    return { type: 'data-run', data: { runId: this.run_.id, status: 'running', attempt }, transient: true }
  }

  /** An event that the loop does not know of. */
  private own(chunk: RunChunk): void {
    replayChunk(this.replay, chunk)
    this.emit(chunk)
  }

  private emit(chunk: RunChunk, call?: CallRecord): void {
    if (this.isTooLarge(chunk)) {
      this.oversize.abort()
      return
    }
    this.fold = foldChunk(this.fold, chunk)
    this.progressed ||= isProgress(chunk)
    if (chunk.type === 'data-step' && chunk.data.phase === 'tools') this.heedNow()
    this.writer.push(chunk, this.storedWith(chunk, call))
  }

  /** What belongs into the commit of this event; of most nothing. */
  private storedWith(chunk: RunChunk, call?: CallRecord): Operation[] | undefined {
    if (call) return [callAuditOperation(this.run_, this.actor, call)]
    const isQuestion = chunk.type === 'data-approval' && chunk.data.decision === undefined
    return isQuestion ? this.approvals?.storedWith(chunk.data.approvalId) : undefined
  }

  /** Also true for one event that no commit could carry. */
  private isTooLarge(chunk: RunChunk): boolean {
    const { eventsPerRun, bytesPerRun } = this.limits
    return this.writer.last > eventsPerRun || this.writer.bytes > bytesPerRun || sizeOf(chunk) > MAX_EVENT_BYTES
  }

  private async settle(settlement: Settlement): Promise<ExecuteOutcome> {
    const { services, lease } = this.input
    const { message } = await settleRun({
      store: services.store,
      lease,
      writer: this.writer,
      run: this.run_,
      fold: this.fold,
      limits: this.limits,
      totals: {
        steps: this.replay.completed.length,
        attempts: Math.max(1, this.replay.attempt),
        usage: this.replay.usage,
        model: this.model?.id ?? this.run_.model,
      },
      settlement,
    })
    if (settlement.status === 'completed' && message && this.model) {
      void retitle(services, { run: this.run_, model: this.model, answer: message })
    }
    return { kind: 'settled' }
  }
}

const isProgress = (chunk: RunChunk) =>
  chunk.type === 'finish-step' ||
  chunk.type === 'tool-output-available' ||
  chunk.type === 'tool-output-error' ||
  (chunk.type === 'data-step' && chunk.data.phase === 'tools')

const failed = (code: string, message: string): Settlement => ({ status: 'failed', error: { code, message } })
