import { findOrganisation } from '@/lib/access/organisations'
import { type OrganisationLimits, type Principal, principalKey } from '@/lib/access/types'
import type { Services } from '@/lib/context'
import { randomId } from '@/lib/ids'
import { runs } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

const ALL = 'active-runs'
const of = (principal: Principal) => `${ALL}:${principalKey(principal)}`

/**
 * Takes one place among the organisation's and the principal's runs at once; the commit is refused (`limit`) when
 * there is none. Places are counted in the commits that start and settle runs, so no crash can lose one.
 */
export const takePlace = (principal: Principal, limits: OrganisationLimits): Operation[] => [
  { kind: 'count', counter: ALL, by: 1, limit: limits.runsAtOnce },
  { kind: 'count', counter: of(principal), by: 1, limit: limits.runsAtOncePerPrincipal },
]

/** Runs at once now. What is read may be over in a moment: it says whether `takePlace` is worth to expect something of. */
export async function readPlaces(store: Store, organisationId: string, principal: Principal): Promise<Places> {
  const counted = [ALL, of(principal)].map((counter) => store.readCounter(organisationId, counter))
  const [ofAll = 0, ofPrincipal = 0] = await Promise.all(counted)
  return { ofAll, ofPrincipal }
}

export interface Places {
  ofAll: number
  ofPrincipal: number
}

/** Whether one more run would be given a place. */
export const isRoomFor = ({ ofAll, ofPrincipal }: Places, limits: OrganisationLimits) =>
  ofAll < limits.runsAtOnce && ofPrincipal < limits.runsAtOncePerPrincipal

/**
 * Of a run that waited for people and goes on. It is not refused: it had a place when it began, and whoever approved
 * of its call sees it happen. Until enough runs have ended no new one is given a place.
 */
export const takePlaceAgain = (principal: Principal): Operation[] => [
  { kind: 'count', counter: ALL, by: 1 },
  { kind: 'count', counter: of(principal), by: 1 },
]

export const givePlaceBack = (principal: Principal): Operation[] => [
  { kind: 'count', counter: ALL, by: -1 },
  { kind: 'count', counter: of(principal), by: -1 },
]

/** A run that has its session's turn and waits for a place. */
export const waitsForPlace = (run: Run) => run.state.status === 'queued' && run.state.waitsFor === 'place'

const CANDIDATES = 50

/** An organisation's runs that wait for a place, first come first served; a principal at its own limit is passed over. */
export class WaitingRuns {
  private readonly services: Pick<Services, 'store'>
  private readonly organisationId: string
  private candidates: Promise<Versioned<Run>[]> | null = null
  private limits: OrganisationLimits | null = null
  private readonly full = new Set<string>()

  constructor(services: Pick<Services, 'store'>, organisationId: string) {
    this.services = services
    this.organisationId = organisationId
  }

  /**
   * Gives the next run a place.
   * @returns its id: it is to be executed now. Null when none waits, or none of those that wait may have one.
   */
  async next(): Promise<string | null> {
    const candidates = await this.listed()
    while (candidates[0]) {
      const waiting = candidates[0]
      const key = principalKey(waiting.body.principal)
      this.limits ??= (await findOrganisation(this.services.store, this.organisationId))?.limits ?? null
      if (!this.limits) return null
      const result = this.full.has(key) ? 'principal is full' : await admit(this.services, waiting, this.limits)
      if (result === 'organisation is full') return null
      candidates.shift()
      if (result === 'admitted') return waiting.id
      if (result === 'principal is full') this.full.add(key)
    }
    return null
  }

  /** Whether some are left that only a free place keeps waiting. */
  async any(): Promise<boolean> {
    return (await this.listed()).length > 0
  }

  private listed(): Promise<Versioned<Run>[]> {
    const page = { index: 'place', group: 'all', order: 'ascending', limit: CANDIDATES } as const
    this.candidates ??= runs.list(this.services.store, this.organisationId, page).then(({ items }) => items)
    return this.candidates
  }
}

async function admit(
  { store }: Pick<Services, 'store'>,
  waiting: Versioned<Run>,
  limits: OrganisationLimits,
): Promise<'admitted' | 'changed' | 'organisation is full' | 'principal is full'> {
  const run: Run = { ...waiting.body, state: { status: 'running', startedAt: Date.now() } }
  const result = await store.commit({
    partition: run.organisationId,
    operationId: `admit:${run.id}:${randomId(8)}`,
    operations: [...takePlace(run.principal, limits), runs.put(run.id, run, { ifVersion: waiting.version })],
  })
  if (result.status === 'applied') return 'admitted'
  if (result.reason !== 'limit') return 'changed'
  return result.operation === 0 ? 'organisation is full' : 'principal is full'
}
