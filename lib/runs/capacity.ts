import { findOrganisation } from '@/lib/access/organisations'
import { type OrganisationLimits, type Principal, principalKey } from '@/lib/access/types'
import type { Services } from '@/lib/context'
import { randomId } from '@/lib/ids'
import { runs } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation } from '@/lib/stores/contract'

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

export const givePlaceBack = (principal: Principal): Operation[] => [
  { kind: 'count', counter: ALL, by: -1 },
  { kind: 'count', counter: of(principal), by: -1 },
]

/** A run that has its session's turn and waits for a place. */
export const waitsForPlace = (run: Run) => run.state.status === 'queued' && run.state.waitsFor === 'place'

const CANDIDATES = 50

/**
 * Gives free places to runs that wait for one, first come first served; a principal at its own limit is passed over.
 * @returns the ids of the runs that are to be executed now.
 */
export async function admitWaiting(services: Pick<Services, 'store'>, organisationId: string): Promise<string[]> {
  const { store } = services
  const page = await runs.list(store, organisationId, {
    index: 'place',
    group: 'all',
    order: 'ascending',
    limit: CANDIDATES,
  })
  if (page.items.length === 0) return []
  const organisation = await findOrganisation(store, organisationId)
  if (!organisation) return []
  const admitted: string[] = []
  const full = new Set<string>()
  for (const waiting of page.items) {
    const key = principalKey(waiting.body.principal)
    if (full.has(key)) continue
    const result = await admit(services, waiting, organisation.limits)
    if (result === 'admitted') admitted.push(waiting.id)
    if (result === 'organisation is full') break
    if (result === 'principal is full') full.add(key)
  }
  return admitted
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
