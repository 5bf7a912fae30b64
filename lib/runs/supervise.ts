import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { listOrganisationIds } from '@/lib/access/organisations'
import { LeaseLost } from '@/lib/agent/ports'
import { expireAttachments } from '@/lib/attachments/remove'
import type { Services } from '@/lib/context'
import { StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { expireApprovals, wakeAbandoned } from '@/lib/runs/approvals/expire'
import { Attention } from '@/lib/runs/attention'
import { orphansTopic, runLease, runs } from '@/lib/runs/collection'
import type { RunDispatcher } from '@/lib/runs/dispatch'
import { type ExecuteOutcome, executeRun } from '@/lib/runs/execute'
import { HandOver, PLATFORM_MARGIN, type PlatformTime } from '@/lib/runs/hand-over'
import { currentInvocation, outsideInvocations } from '@/lib/runs/invocation'
import { Lease } from '@/lib/runs/lease'
import { openAhead } from '@/lib/runs/opening'
import { NewerRun } from '@/lib/runs/recover'
import { Turns } from '@/lib/runs/turns'
import type { NewRun, Room, RunClaim, RunSupervisor } from '@/lib/runs/types'
import { emptyTrash, finishDeletions, retireSessions } from '@/lib/sessions/delete'

export interface SupervisorOptions {
  /** Of this process; without it there is no limit. */
  runsAtOnce?: number
  leaseMilliseconds: number
  /** Keeps the platform from freezing the process while a run goes on (`after()` on serverless). */
  keepAlive?: (work: Promise<void>) => void
  /** How long the platform lets an invocation live; runs are handed over before. Without it they stay. */
  platformLimitMilliseconds?: number
  /** Has a run that was handed over because of that limit continued in a fresh invocation. */
  dispatcher?: RunDispatcher | null
  /** When draining: how long the model's response, and the tool calls in flight, may still take. */
  drainGrace?: { model: number; tools: number }
}

/** The model's response is made anew by the next owner; a tool call may have effects, so it gets more time. */
const DRAIN_GRACE = { model: 3_000, tools: 12_000 }
/** With less than this share of the platform's limit left, a run is better begun in a fresh invocation. */
const STALE = 0.5
/** How soon a subscription that failed is tried again, at most. */
const LISTEN_AGAIN = 2_000
/** How often what has expired is removed, and in what portions. */
const TIDY_INTERVAL = 60_000
const TIDY_BATCH = 500

/**
 * Executes the runs of this process, and takes over those whose owner is gone: at start, at every sweep, and when
 * somebody looks at one.
 */
export class Supervisor implements RunSupervisor {
  private readonly services: () => Services
  private readonly options: SupervisorOptions
  private readonly holder = `${hostname()}:${process.pid}:${randomId(6)}`
  private readonly executions = new Map<string, Promise<unknown>>()
  /** Asked for while this process was at it: if it found that the run waits for people, it looks once more. */
  private readonly askedAgain = new Set<string>()
  /** Runs of a newer version, which this process does not look at again. */
  private readonly newer = new Set<string>()
  private readonly handOvers = new Set<HandOver>()
  private readonly turns: Turns
  private draining = false
  private tidiedAt = 0
  private sweepTimer: NodeJS.Timeout | null = null
  private sweepAgain = false
  /** Only where nothing runs between requests. */
  private attention: Attention | null = null
  private unsubscribe: () => void = () => {}

  constructor(services: () => Services, options: SupervisorOptions) {
    this.services = services
    this.options = options
    this.turns = new Turns(services, {
      limit: options.runsAtOnce ?? Number.POSITIVE_INFINITY,
      executing: () => this.executions.size,
      ignores: (runId) => this.executions.has(runId) || this.newer.has(runId),
      accepts: () => this.accepts(),
      execute: (organisationId, runId, room) => this.execute(organisationId, runId, room),
    })
  }

  execute(organisationId: string, runId: string, room?: Room): void {
    if (this.draining) return void this.callOthers()
    if (this.executions.has(runId)) return void this.askedAgain.add(runId)
    if (this.newer.has(runId)) return
    if (room ? !this.turns.use(room) : this.turns.isFull()) return
    this.follow(
      organisationId,
      runId,
      this.isStale()
        ? this.preferFresh(organisationId, runId)
        : this.own(organisationId, runId, { isLook: room === undefined }),
    )
  }

  claim(organisationId: string, runId: string, room: Room): RunClaim | null {
    if (this.draining || this.isStale()) return null
    const { store } = this.services()
    const milliseconds = this.options.leaseMilliseconds
    const options = { store, partition: organisationId, runId, holder: this.holder, milliseconds }
    const begin = (made: NewRun, token: number, sentAt: number) => {
      const lease = Lease.held(options, token, sentAt)
      if (this.draining || !this.turns.use(room)) {
        made.opening.end()
        void lease.release().then(() => this.callOthers())
      } else
        this.follow(organisationId, runId, this.own(organisationId, runId, { isLook: false, began: { made, lease } }))
    }
    const open: RunClaim['open'] = (input, ahead) => openAhead(this.services(), input, ahead)
    return { operation: Lease.acquisition(options), open, begin }
  }

  private follow(organisationId: string, runId: string, work: Promise<'waiting' | 'done'>): void {
    const execution: Promise<void> = work
      .catch((error) => this.report(error, runId))
      .then((found) => {
        this.forget(runId, execution)
        // Somebody decided while this process was on its way out.
        if (this.askedAgain.delete(runId) && found === 'waiting') this.execute(organisationId, runId)
        this.turns.refill()
      })
    this.executions.set(runId, execution)
    try {
      this.options.keepAlive?.(execution)
    } catch (error) {
      // Outside a request there is nothing to keep alive: a sweep's run lives as long as the process.
      this.services().logger.debug({ err: error, runId }, 'the platform could not be asked to stay')
    }
  }

  resume(organisationId: string, runId: string): void {
    if (!this.executions.has(runId) && this.turns.isFull()) void this.callOthers()
    else this.execute(organisationId, runId)
  }

  attend(organisationId: string, runId: string): () => void {
    this.execute(organisationId, runId)
    if (!this.attention) return () => {}
    return this.attention.add(`${organisationId}/${runId}`, () => this.execute(organisationId, runId))
  }

  private isStale(): boolean {
    const platform = this.platformTime()
    return platform !== null && platform.remaining < platform.limit * STALE
  }

  private forget(runId: string, execution: Promise<unknown> | undefined): void {
    if (this.executions.get(runId) === execution) this.executions.delete(runId)
  }

  /** What the invocation that this belongs to has left; null where nothing limits it. */
  private platformTime(): PlatformTime | null {
    const limit = this.options.platformLimitMilliseconds
    if (limit === undefined) return null
    const startedAt = currentInvocation()?.startedAt ?? performance.now()
    return { limit, remaining: startedAt + limit - performance.now() }
  }

  reserve(organisationId: string): Room | null {
    return this.turns.reserve(organisationId)
  }

  accepts(): boolean {
    return !this.draining
  }

  active(): number {
    return this.executions.size
  }

  async drain(): Promise<void> {
    this.draining = true
    this.unsubscribe()
    if (this.sweepTimer) clearTimeout(this.sweepTimer)
    for (const handOver of this.handOvers) handOver.request('drain')
    const grace = this.options.drainGrace ?? DRAIN_GRACE
    const each = (cut: (handOver: HandOver) => void) => () => this.handOvers.forEach(cut)
    const timers = [
      setTimeout(
        each((handOver) => handOver.cutModel()),
        grace.model,
      ),
      setTimeout(
        each((handOver) => handOver.cutTools()),
        grace.tools,
      ),
    ]
    await Promise.allSettled(this.executions.values())
    for (const timer of timers) clearTimeout(timer)
  }

  /** Takes runs over for as long as somebody watches them, for platforms where nothing runs between requests. */
  startAttending(): void {
    this.attention = new Attention(this.options.leaseMilliseconds / 2)
    this.listen(() => this.attention?.look())
  }

  /** Looks for runs without an owner now and then, beginning at once, and whenever another process gave runs up. */
  startSweeping(): void {
    this.listen(() => {
      this.sweepAgain = true
      if (!this.sweepTimer) return
      clearTimeout(this.sweepTimer)
      this.sweepTimer = null
      void sweep()
    })
    const sweep = () => outsideInvocations(sweepOnce)
    const sweepOnce = async () => {
      this.sweepAgain = false
      const wait = await this.sweep().catch((error) => {
        this.services().logger.warn({ err: error }, 'the sweep for runs without an owner failed')
        return null
      })
      if (this.draining) return
      const next = Math.min(wait ?? Number.POSITIVE_INFINITY, this.options.leaseMilliseconds / 2)
      const begin = () => {
        this.sweepTimer = null
        void sweep()
      }
      this.sweepTimer = setTimeout(begin, this.sweepAgain ? 0 : Math.max(50, next))
      this.sweepTimer.unref()
    }
    void sweep()
  }

  /** Hears of hand-overs for as long as the process lives: what cannot be subscribed to now is tried again. */
  private listen(onOrphans: () => void, isFirst = true): void {
    const { store, logger } = this.services()
    store.subscribe(orphansTopic, onOrphans).then(
      (unsubscribe) => {
        if (this.draining) return unsubscribe()
        this.unsubscribe = unsubscribe
        if (!isFirst) onOrphans()
      },
      (error) => {
        // Until then what others give up is found a little later, by the sweep.
        if (isFirst) logger.warn({ err: error }, 'hand-overs of other processes are not heard of yet')
        const again = () => {
          if (!this.draining) this.listen(onOrphans, false)
        }
        setTimeout(again, Math.min(LISTEN_AGAIN, this.options.leaseMilliseconds / 2)).unref()
      },
    )
  }

  /** There are runs that this process does not execute any more, or never will. */
  private async callOthers(): Promise<void> {
    // Their sweeps find it anyway, a little later.
    await this.services()
      .store.signal([orphansTopic])
      .catch(() => undefined)
  }

  /**
   * Takes over what lapsed.
   * @returns milliseconds until the next known lease lapses, or null.
   */
  async sweep(): Promise<number | null> {
    const { store } = this.services()
    const tidy = Date.now() - this.tidiedAt > TIDY_INTERVAL
    if (tidy) {
      this.tidiedAt = Date.now()
      while ((await store.sweep(TIDY_BATCH)) >= TIDY_BATCH);
    }
    const organisationIds = await listOrganisationIds(store)
    const soonest = await this.turns.serve(organisationIds)
    for (const organisationId of organisationIds) {
      await emptyTrash(this.services(), organisationId)
      await finishDeletions(this.services(), organisationId)
      await expireApprovals(this.services(), organisationId)
      if (tidy) await wakeAbandoned(this.services(), organisationId)
      if (tidy) await retireSessions(this.services(), organisationId)
      if (tidy) await expireAttachments(this.services(), organisationId)
    }
    return soonest
  }

  /** @returns `waiting` when the run waits for people. `isLook`: nothing says that there is anything to do. */
  private async own(
    organisationId: string,
    runId: string,
    { isLook = true, began }: { isLook?: boolean; began?: { made: NewRun; lease: Lease } } = {},
  ): Promise<'waiting' | 'done'> {
    // A run that waits is looked at by everybody who watches it: its lease is left alone.
    if (isLook && (await this.isWaiting(organisationId, runId))) return 'waiting'
    const handOver = new HandOver(this.platformTime())
    this.handOvers.add(handOver)
    try {
      let outcome = await this.executeOnce({ organisationId, runId, handOver, ...began })
      while (outcome === 'waiting') {
        // Who decided while the lease was held here could not have it.
        if (await this.isWaiting(organisationId, runId)) return 'waiting'
        outcome = await this.executeOnce({ organisationId, runId, handOver })
      }
    } finally {
      handOver.end()
      this.handOvers.delete(handOver)
    }
    // A fresh invocation may well be in this very process: it must not find the run taken.
    this.forget(runId, this.executions.get(runId))
    const isPassedOn = handOver.reason === 'platform' && (await this.dispatch(organisationId, runId))
    if (handOver.requested && !isPassedOn) await this.callOthers()
    return 'done'
  }

  private async executeOnce(input: {
    organisationId: string
    runId: string
    handOver: HandOver
    made?: NewRun
    lease?: Lease
  }): Promise<ExecuteOutcome['kind'] | 'taken'> {
    const { organisationId, runId, handOver } = input
    const lease = input.lease ?? (await this.acquire(organisationId, runId))
    if (!lease) return 'taken'
    if (this.draining) handOver.request('drain')
    try {
      const outcome = await executeRun({ ...input, services: this.services(), lease })
      // Its place is free, and of a settled run the session's turn: whoever is next begins here; if not, the sweep finds it.
      const isFree = outcome.kind === 'settled' || outcome.kind === 'waiting'
      if (isFree) await (this.draining ? this.callOthers() : this.turns.passOn(organisationId))
      return outcome.kind
    } finally {
      await lease.release()
    }
  }

  private async isWaiting(organisationId: string, runId: string): Promise<boolean> {
    const run = await runs.get(this.services().store, organisationId, runId)
    if (run?.body.state.status !== 'waiting') return false
    // Where nothing runs between requests, who looks also sees to what nobody decided in time.
    if (this.attention) await expireApprovals(this.services(), organisationId)
    return true
  }

  private async acquire(organisationId: string, runId: string): Promise<Lease | null> {
    const { lease } = await Lease.acquire({
      store: this.services().store,
      partition: organisationId,
      runId,
      holder: this.holder,
      milliseconds: this.options.leaseMilliseconds,
    })
    return lease
  }

  /** False when no fresh invocation could be had. Nothing is lost then: whoever looks at the run takes it over. */
  private async dispatch(organisationId: string, runId: string): Promise<boolean> {
    const { dispatcher } = this.options
    if (!dispatcher) return false
    try {
      await dispatcher.dispatch(organisationId, runId)
      return true
    } catch (error) {
      this.services().logger.info({ runId, why: (error as Error).message }, 'no fresh invocation for a run')
      return false
    }
  }

  /** This invocation will not last: a fresh one shall have the run, and this one only if there is none. */
  private async preferFresh(organisationId: string, runId: string): Promise<'waiting' | 'done'> {
    if (await this.isWaiting(organisationId, runId)) return 'waiting'
    const lease = await this.services().store.readLease(organisationId, runLease(runId))
    if (lease && lease.remaining > 0) return 'done'
    const placeholder = this.executions.get(runId)
    this.forget(runId, placeholder)
    if (await this.dispatch(organisationId, runId)) return 'done'
    const platform = this.platformTime()
    if (this.executions.has(runId) || !platform || platform.remaining < platform.limit * PLATFORM_MARGIN) return 'done'
    if (placeholder) this.executions.set(runId, placeholder)
    return this.own(organisationId, runId)
  }

  async admit(organisationId: string): Promise<void> {
    if (this.draining) return this.callOthers()
    if (!(await this.turns.admit(organisationId))) await this.callOthers()
  }

  private report(error: unknown, runId: string): void {
    const { logger } = this.services()
    if (error instanceof NewerRun) {
      this.newer.add(runId)
      logger.info({ runId }, 'run left to a process of a newer version')
    } else if (error instanceof LeaseLost) logger.info({ runId, why: error.message }, 'run given up')
    else if (error instanceof StoreUnavailable) logger.warn({ runId }, 'run given up: the store is away')
    else logger.error({ err: error, runId }, 'run given up by an unexpected error')
  }

  /** Resolves when no execution is left here; for tests and scripts. */
  async idle(): Promise<void> {
    while (this.executions.size > 0) {
      await Promise.allSettled(this.executions.values())
      await delay(0)
    }
  }
}
