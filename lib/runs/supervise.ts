import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { listOrganisationIds } from '@/lib/access/organisations'
import { LeaseLost } from '@/lib/agent/ports'
import type { Services } from '@/lib/context'
import { StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { admitWaiting } from '@/lib/runs/capacity'
import { runLease, runs } from '@/lib/runs/collection'
import { executeRun } from '@/lib/runs/execute'
import { Lease } from '@/lib/runs/lease'
import type { RunSupervisor } from '@/lib/runs/types'
import { finishDeletions, retireSessions } from '@/lib/sessions/delete'

export interface SupervisorOptions {
  /** Of this process; without it there is no limit. */
  runsAtOnce?: number
  leaseMilliseconds: number
  /** Keeps the platform from freezing the process while a run goes on (`after()` on serverless). */
  keepAlive?: (work: Promise<void>) => void
}

/** On hand-over the tools in flight may end for so long; the model's response is made anew by the next owner. */
const HAND_OVER_GRACE = 8_000
const SWEEP_PAGE = 200
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
  private readonly executions = new Map<string, Promise<void>>()
  private readonly cut = new AbortController()
  private draining = false
  private tidiedAt = 0
  private sweepTimer: NodeJS.Timeout | null = null

  constructor(services: () => Services, options: SupervisorOptions) {
    this.services = services
    this.options = options
  }

  execute(organisationId: string, runId: string): void {
    if (this.draining || this.executions.has(runId) || this.isFull()) return
    const execution = this.own(organisationId, runId)
      .catch((error) => this.report(error, runId))
      .finally(() => {
        const wasFull = this.isFull()
        this.executions.delete(runId)
        if (wasFull) void this.sweep().catch((error) => this.report(error, runId))
      })
    this.executions.set(runId, execution)
    this.options.keepAlive?.(execution)
  }

  /** Runs beyond this process's limit stay without an owner until a place is free, here or elsewhere. */
  private isFull(): boolean {
    return this.executions.size >= (this.options.runsAtOnce ?? Number.POSITIVE_INFINITY)
  }

  accepts(): boolean {
    return !this.draining
  }

  active(): number {
    return this.executions.size
  }

  async drain(): Promise<void> {
    this.draining = true
    if (this.sweepTimer) clearTimeout(this.sweepTimer)
    const grace = setTimeout(() => this.cut.abort(), HAND_OVER_GRACE)
    await Promise.allSettled(this.executions.values())
    clearTimeout(grace)
  }

  /** Looks for runs without an owner now and then, beginning at once. */
  startSweeping(): void {
    const sweep = async () => {
      const wait = await this.sweep().catch((error) => {
        this.services().logger.warn({ err: error }, 'the sweep for runs without an owner failed')
        return null
      })
      if (this.draining) return
      const next = Math.min(wait ?? Number.POSITIVE_INFINITY, this.options.leaseMilliseconds / 2)
      this.sweepTimer = setTimeout(sweep, Math.max(50, next))
      this.sweepTimer.unref()
    }
    void sweep()
  }

  /**
   * Takes over what lapsed.
   * @returns milliseconds until the next known lease lapses, or null.
   */
  async sweep(): Promise<number | null> {
    const { store } = this.services()
    let soonest: number | null = null
    const tidy = Date.now() - this.tidiedAt > TIDY_INTERVAL
    if (tidy) {
      this.tidiedAt = Date.now()
      while ((await store.sweep(TIDY_BATCH)) >= TIDY_BATCH);
    }
    for (const organisationId of await listOrganisationIds(store)) {
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<typeof runs.list>> = await runs.list(store, organisationId, {
          index: 'active',
          group: 'all',
          order: 'ascending',
          limit: SWEEP_PAGE,
          cursor,
        })
        for (const { id } of page.items) {
          if (this.executions.has(id)) continue
          const lease = await store.readLease(organisationId, runLease(id))
          if (!lease || lease.remaining <= 0) this.execute(organisationId, id)
          else soonest = Math.min(soonest ?? lease.remaining, lease.remaining)
        }
        cursor = page.nextCursor
      } while (cursor)
      await this.admit(organisationId)
      await finishDeletions(this.services(), organisationId)
      if (tidy) await retireSessions(this.services(), organisationId)
    }
    return soonest
  }

  private async own(organisationId: string, runId: string): Promise<void> {
    const { store } = this.services()
    const acquired = await Lease.acquire({
      store,
      partition: organisationId,
      runId,
      holder: this.holder,
      milliseconds: this.options.leaseMilliseconds,
    })
    if (!acquired.lease) return
    const { lease } = acquired
    try {
      const outcome = await executeRun({
        services: this.services(),
        lease,
        organisationId,
        runId,
        handOver: { requested: () => this.draining, signal: this.cut.signal },
      })
      // Its place, and its session's turn, are free: whoever is next begins here; if not, the sweep finds it.
      if (outcome.kind === 'settled') await this.admit(organisationId)
    } finally {
      await lease.release()
    }
  }

  async admit(organisationId: string): Promise<void> {
    if (this.draining) return
    for (const runId of await admitWaiting(this.services(), organisationId)) this.execute(organisationId, runId)
  }

  private report(error: unknown, runId: string): void {
    const { logger } = this.services()
    if (error instanceof LeaseLost) logger.info({ runId, why: error.message }, 'run given up')
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
