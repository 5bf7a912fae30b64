import type { Services } from '@/lib/context'
import { WaitingRuns } from '@/lib/runs/capacity'
import { runLease, runs } from '@/lib/runs/collection'
import { outsideInvocations } from '@/lib/runs/invocation'
import type { Room } from '@/lib/runs/types'

const PAGE = 200

export interface TurnsOptions {
  /** Runs that this process executes at once. */
  limit: number
  /** How many it executes now. */
  executing(): number
  /** Whether it executes the run already, or never will. */
  ignores(runId: string): boolean
  /** False once it takes no runs any more. */
  accepts(): boolean
  execute(organisationId: string, runId: string, room: Room): void
}

/**
 * Whose run a process executes next when it cannot execute all: one of each organisation after the other, and within an
 * organisation the one that was asked first.
 */
export class Turns {
  private readonly services: () => Pick<Services, 'store' | 'logger'>
  private readonly options: TurnsOptions
  /** Kept for runs that are about to be executed. */
  private readonly rooms = new Set<Room>()
  /** Organisations of which something was left waiting when this process last looked. */
  private readonly crowded = new Set<string>()
  /** The organisation that had the last turn: the next one begins behind it. */
  private lastServed = ''
  private refilling = false
  private refillAgain = false

  constructor(services: () => Pick<Services, 'store' | 'logger'>, options: TurnsOptions) {
    this.services = services
    this.options = options
  }

  isFull(): boolean {
    return this.options.executing() + this.rooms.size >= this.options.limit
  }

  /** Room for a new run of the organisation; null when the process is full, or when others came first and still wait. */
  reserve(organisationId: string): Room | null {
    if (this.crowded.has(organisationId)) return null
    const room = this.keep()
    if (!room) this.crowded.add(organisationId)
    return room
  }

  /** True once for each room: it is given to what is executed now. */
  use(room: Room): boolean {
    return this.rooms.delete(room)
  }

  private keep(): Room | null {
    if (this.isFull()) return null
    const room: Room = {
      release: () => {
        if (this.rooms.delete(room)) this.refill()
      },
    }
    this.rooms.add(room)
    return room
  }

  /**
   * Executes what has no owner and what waits for a place, organisation by organisation, while there is room.
   * @returns milliseconds until the next known lease of these organisations lapses, or null.
   */
  async serve(organisationIds: string[], looksForOrphans = true): Promise<number | null> {
    let soonest: number | null = null
    let turns: { organisationId: string; orphans: string[]; waiting: WaitingRuns }[] = []
    for (const organisationId of inTurn(organisationIds, this.lastServed)) {
      const { orphans, remaining } = looksForOrphans ? await this.findOrphans(organisationId) : NOTHING
      if (remaining !== null) soonest = Math.min(soonest ?? remaining, remaining)
      turns.push({ organisationId, orphans: [...orphans], waiting: new WaitingRuns(this.services(), organisationId) })
    }
    while (turns.length > 0 && this.options.accepts()) {
      const more: typeof turns = []
      for (const turn of turns) if (await this.give(turn)) more.push(turn)
      turns = more
    }
    return soonest
  }

  private async give(turn: { organisationId: string; orphans: string[]; waiting: WaitingRuns }): Promise<boolean> {
    const { organisationId, orphans, waiting } = turn
    const room = this.keep()
    try {
      const runId = room && (orphans.shift() ?? (await waiting.next()))
      if (room && runId) {
        this.lastServed = organisationId
        this.options.execute(organisationId, runId, room)
        return true
      }
      if (orphans.length > 0 || (await waiting.any())) this.crowded.add(organisationId)
      else this.crowded.delete(organisationId)
      return false
    } finally {
      // Executed or not: the room is not kept any longer.
      if (room) this.rooms.delete(room)
    }
  }

  /** Lets what waits in the organisation begin; false when there is no room for all of it here. */
  async admit(organisationId: string): Promise<boolean> {
    // Who waited before has the first turn.
    if (this.crowded.size > 0) await this.serve([...new Set([...this.crowded, organisationId])])
    else await this.serve([organisationId], false)
    return !(this.isFull() && this.crowded.has(organisationId))
  }

  /** One of the organisation's runs was settled: the next one begins, or, in a full process, the one whose turn it is. */
  async passOn(organisationId: string): Promise<void> {
    // There is room only once the settled run has left; then all that wait are served.
    if (this.isFull()) this.crowded.add(organisationId)
    else await this.serve([organisationId], false)
  }

  /** There may be room again: whose turn it is gets it. */
  refill(): void {
    if (this.crowded.size === 0) return
    this.refillAgain = true
    if (this.refilling) return
    this.refilling = true
    const work = async () => {
      while (this.refillAgain && this.options.accepts()) {
        this.refillAgain = false
        await this.serve([...this.crowded])
      }
    }
    void outsideInvocations(work)
      // What is missed here, the next sweep finds.
      .catch((error) => this.services().logger.warn({ err: error }, 'waiting runs could not be looked for'))
      .finally(() => {
        this.refilling = false
      })
  }

  /** Active runs without an owner, and how long until the next of the others lapses. */
  private async findOrphans(organisationId: string): Promise<{ orphans: string[]; remaining: number | null }> {
    const { store } = this.services()
    const orphans: string[] = []
    let remaining: number | null = null
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof runs.list>> = await runs.list(store, organisationId, {
        index: 'active',
        group: 'all',
        order: 'ascending',
        limit: PAGE,
        cursor,
      })
      for (const { id } of page.items) {
        if (this.options.ignores(id)) continue
        const lease = await store.readLease(organisationId, runLease(id))
        if (!lease || lease.remaining <= 0) orphans.push(id)
        else remaining = Math.min(remaining ?? lease.remaining, lease.remaining)
      }
      cursor = page.nextCursor
    } while (cursor)
    return { orphans, remaining }
  }
}

const NOTHING = { orphans: [], remaining: null }

/** The ids in their order, beginning behind `last`. */
function inTurn(ids: string[], last: string): string[] {
  const at = ids.indexOf(last) + 1
  return [...ids.slice(at), ...ids.slice(0, at)]
}
