import { createHash } from 'node:crypto'
import { chooseOrganisation } from '@/lib/access/memberships'
import { type Membership, type Principal, principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, notFound } from '@/lib/errors'
import { looksLikeOrganisationId, organisationOf } from '@/lib/ids'
import { type Places, readPlaces } from '@/lib/runs/capacity'
import { idempotencyKeys, type StartOutcome } from '@/lib/runs/collection'
import { askOpeningAhead, type OpeningAhead } from '@/lib/runs/opening'
import type { StartInput } from '@/lib/runs/start'
import { findSessionToAct } from '@/lib/sessions/access'
import type { Session } from '@/lib/sessions/collection'
import type { Versioned } from '@/lib/stores/collection'
import { readSpending, type Spending } from '@/lib/usage/budget'

/** Where the question goes. */
export interface Place {
  membership: Membership
  /** Null: a session is made. */
  session: Versioned<Session> | null
}

/** An idempotency key as it is stored, and what it was given for. */
export interface StartKey {
  id: string
  bodyHash: string
}

/**
 * What a start looks at besides the asker's rights. It is asked for side by side with those, so that a start takes one
 * turn of reads; nothing of it may be used before they are known. What fails is told to who awaits it.
 */
export interface StartReads {
  organisationId: string
  spending: Promise<Spending>
  /** What came of the request when it was made before. */
  earlier: Promise<Versioned<StartOutcome> | null>
  opening: OpeningAhead
  /** How many run now. */
  places: Promise<Places>
}

export function askForStart(
  { services, principal }: Ctx,
  input: StartInput,
  { organisationId, key }: { organisationId: string; key: StartKey | null },
): StartReads {
  const { store } = services
  const spending = readSpending(store, organisationId)
  const earlier = key ? idempotencyKeys.get(store, organisationId, key.id) : Promise.resolve(null)
  const places = readPlaces(store, organisationId, principal)
  for (const read of [spending, earlier, places]) read.catch(() => undefined)
  const opening = askOpeningAhead(services, { organisationId, principal, type: input.type ?? 'chat' })
  return { organisationId, spending, earlier, opening, places }
}

/** What a start reads before it can be planned, asked for already. */
export interface StartAhead {
  place: Promise<Place>
  /** Null: only the store can tell of which organisation. */
  early: StartReads | null
}

/** Asks for what a start of this principal's will read. Nothing of it is used for anybody else, or before it is known who asks. */
export function askForStartAhead(ctx: Ctx, input: StartInput): StartAhead {
  const likely = likelyOrganisation(ctx.principal, input)
  const early = likely === null ? null : askForStart(ctx, input, { organisationId: likely, key: startKey(ctx, input) })
  const place = findPlace(ctx, input)
  place.catch(() => undefined)
  return { place, early }
}

/** The organisation that the request seems to be for, by what it says itself; null when only the store can tell. */
function likelyOrganisation(principal: Principal, { sessionId, orgId }: StartInput): string | null {
  if (principal.kind === 'token') return principal.organisationId
  if (sessionId !== undefined) return organisationOf('ses', sessionId)
  return orgId !== undefined && looksLikeOrganisationId(orgId) ? orgId : null
}

export function startKey(ctx: Ctx, input: StartInput): StartKey | null {
  if (!input.idempotencyKey) return null
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const { message, sessionId, orgId, model, type, whenBusy, replaces, attachments } = input
  // No files are something else than those of the question that is replaced.
  const names = attachments && (attachments.length > 0 || replaces !== undefined)
  const more = [...(replaces === undefined ? [] : [{ replaces }]), ...(names ? [{ attachments }] : [])]
  return {
    id: hash(`${principalKey(ctx.principal)}\n${input.idempotencyKey}`),
    bodyHash: hash(JSON.stringify([message, sessionId, orgId, model, type, whenBusy, ...more])),
  }
}

/** Throws `bad_request` for a key that is too long. */
export function checkKey({ idempotencyKey = '' }: StartInput): void {
  if (idempotencyKey.length > 255) throw badRequest('Idempotency-Key', 'At most 255 characters.')
}

async function findPlace(ctx: Ctx, input: StartInput): Promise<Place> {
  if (!input.sessionId) {
    return { membership: await chooseOrganisation(ctx, input.orgId), session: null }
  }
  const { session, membership } = await findSessionToAct(ctx, input.sessionId)
  const { id, slug } = membership.organisation
  if (input.orgId !== undefined && input.orgId !== id && input.orgId !== slug) throw notFound('session')
  return { membership, session }
}
