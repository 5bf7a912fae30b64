import { randomUUID } from 'node:crypto'
import {
  GLOBAL,
  ORGANISATION_DOCUMENT,
  organisationList,
  organisationSlugs,
  organisations,
} from '@/lib/access/collections'
import { changeMembership } from '@/lib/access/membership-change'
import { nextMoment } from '@/lib/access/moment'
import type { Organisation, OrganisationLimits, Role } from '@/lib/access/types'
import { badRequest, conflict } from '@/lib/errors'
import { newOrganisationId } from '@/lib/ids'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

export const DEFAULT_LIMITS: OrganisationLimits = {
  stepsPerRun: 50,
  minutesPerRun: 30,
  runsAtOnce: 200,
  runsAtOncePerPrincipal: 50,
  eventsPerRun: 200_000,
  bytesPerRun: 64 * 1024 * 1024,
  approvalMinutes: 24 * 60,
  logDays: 30,
  evidenceDays: 30,
  sessionDays: null,
}

/** What a slug looks like: it stands in addresses. */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** The organisation of this id, from its own partition. */
export async function findOrganisation(store: Store, organisationId: string): Promise<Organisation | null> {
  const found = await organisations.get(store, organisationId, ORGANISATION_DOCUMENT)
  // Limits that came later than the organisation have their defaults.
  return found && { ...found.body, limits: { ...DEFAULT_LIMITS, ...found.body.limits } }
}

/** The organisation of this slug. */
export async function findOrganisationBySlug(store: Store, slug: string): Promise<Versioned<Organisation> | null> {
  const entry = await organisationSlugs.get(store, GLOBAL, slug)
  return entry && organisations.get(store, entry.body.organisationId, ORGANISATION_DOCUMENT)
}

/** All organisations, the first one first. */
export async function listOrganisations(store: Store): Promise<Organisation[]> {
  const found: Organisation[] = []
  for (const id of await listOrganisationIds(store)) {
    const organisation = await findOrganisation(store, id)
    if (organisation) found.push(organisation)
  }
  return found
}

/** The ids of all organisations, the first one first; for sweeps over all partitions. */
export async function listOrganisationIds(store: Store): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const page = await organisationList.list(store, GLOBAL, {
      index: 'all',
      group: 'all',
      order: 'ascending',
      limit: 200,
      cursor,
    })
    found.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor)
  return found
}

export interface NewOrganisation {
  slug: string
  name: string
  externalId?: string | null
  limits?: Partial<OrganisationLimits>
}

/**
 * Creates an organisation, together with what `alongside` gives for its partition. Throws `conflict` when the slug is taken,
 * `bad_request` when it is not one.
 */
export async function createOrganisation(
  store: Store,
  input: NewOrganisation,
  alongside?: (organisation: Organisation) => Promise<Operation[]>,
): Promise<Organisation> {
  const before = await findOrganisationBySlug(store, input.slug)
  if (before) throw conflict('There is an organisation with this slug already.')
  const { organisation, created } = await ensureOrganisation(store, input, alongside)
  if (!created) throw conflict('There is an organisation with this slug already.')
  return organisation
}

/**
 * The organisation of this slug, created when it is not there. A creation that was killed between the global partition
 * and the organisation's is completed with the id that it had chosen.
 */
export async function ensureOrganisation(
  store: Store,
  input: NewOrganisation,
  alongside: (organisation: Organisation) => Promise<Operation[]> = async () => [],
): Promise<{ organisation: Organisation; created: boolean }> {
  if (!SLUG.test(input.slug))
    throw badRequest('slug', 'A slug has 1 to 40 small letters, digits and hyphens, none at either end.')
  const createdAt = nextMoment()
  const candidate = newOrganisationId()
  await store.commit({
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [
      organisationSlugs.put(input.slug, { organisationId: candidate }, { ifAbsent: true }),
      organisationList.put(candidate, { slug: input.slug, createdAt }, { ifAbsent: true }),
    ],
  })
  const entry = await organisationSlugs.get(store, GLOBAL, input.slug)
  if (!entry) throw conflict('The organisation was removed while it was created.')
  const id = entry.body.organisationId
  const organisation: Organisation = {
    id,
    slug: input.slug,
    name: input.name,
    externalId: input.externalId ?? null,
    limits: { ...DEFAULT_LIMITS, ...input.limits },
    createdAt,
  }
  const result = await store.commit({
    partition: id,
    operationId: randomUUID(),
    operations: [
      organisations.put(ORGANISATION_DOCUMENT, organisation, { ifAbsent: true }),
      ...(await alongside(organisation)),
    ],
  })
  if (result.status === 'applied') return { organisation, created: true }
  const existing = await findOrganisation(store, id)
  return { organisation: existing ?? organisation, created: false }
}

/** Gives a user a role in an organisation, or another one than before, whoever is admin then. */
export async function putMember(
  store: Store,
  organisationId: string,
  input: { userId: string; role: Role; provisioned?: boolean },
): Promise<void> {
  const { userId, role, provisioned = false } = input
  const createdAt = nextMoment()
  await changeMembership(store, organisationId, userId, {
    change: (before) =>
      before?.role === role && before.provisioned === provisioned
        ? before
        : { userId, role, provisioned, createdAt: before?.createdAt ?? createdAt },
    mayLeaveNoAdmin: true,
  })
}

/** Takes a membership away, at once and for every request that follows, be it the last admin's. */
export async function removeMember(store: Store, organisationId: string, userId: string): Promise<void> {
  await changeMembership(store, organisationId, userId, { change: () => null, mayLeaveNoAdmin: true })
}
