import { chooseOrganisation } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import type { Decider } from '@/lib/runs/approvals/who'
import { type Session, sessions } from '@/lib/sessions/collection'
import { type MarksView, marksOf } from '@/lib/sessions/marks'
import { type ListedSession, listedOf } from '@/lib/sessions/view'
import { decodeCursor, encodeCursor, type Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** Titles are searched over so many of the caller's newest sessions. */
const SEARCHED = 1_000

/** Newest first: the caller's own sessions and the organisation's, `limit` behind the cursor. */
export async function visibleSessions(
  store: Store,
  input: { organisationId: string; owner: string; limit: number; cursor?: string },
): Promise<Versioned<Session>[]> {
  const after = input.cursor ? decodeCursor(input.cursor) : undefined
  const groups = [`owner:${input.owner}`, 'organisation']
  const pages = await Promise.all(
    groups.map((group) =>
      sessions.list(store, input.organisationId, {
        index: 'visible',
        group,
        order: 'descending',
        limit: input.limit,
        cursor: after && encodeCursor(after),
      }),
    ),
  )
  const found = new Map(pages.flatMap((page) => page.items).map((session) => [session.id, session]))
  return [...found.values()].sort(newestFirst).slice(0, input.limit)
}

/** The order of the index, descending: by time, then by id. */
const newestFirst = (a: Versioned<Session>, b: Versioned<Session>) =>
  b.body.updatedAt - a.body.updatedAt || (a.id < b.id ? 1 : -1)

/** `GET /api/sessions`: a page of what the caller sees in one organisation, by title if `q` is given. */
export async function listSessions(
  ctx: Ctx,
  input: { org?: string; q?: string; limit: number; cursor?: string },
): Promise<{ sessions: ListedSession[]; nextCursor: string | null }> {
  const { organisation, role } = await chooseOrganisation(ctx, input.org)
  const where = { organisationId: organisation.id, owner: principalKey(ctx.principal) }
  const viewer = { key: where.owner, role }
  const { store } = ctx.services
  const wanted = input.q?.trim().toLocaleLowerCase()
  if (!wanted) {
    const found = await visibleSessions(store, { ...where, limit: input.limit + 1, cursor: input.cursor })
    return pageOf(store, organisation.id, found, input.limit, viewer)
  }
  const newest = await visibleSessions(store, { ...where, limit: SEARCHED - 1, cursor: input.cursor })
  const matching = newest.filter(({ body }) => body.title.toLocaleLowerCase().includes(wanted))
  return pageOf(store, organisation.id, matching, input.limit, viewer)
}

async function pageOf(
  store: Store,
  organisationId: string,
  found: Versioned<Session>[],
  limit: number,
  viewer: Decider,
) {
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const ids = page.map(({ id }) => id)
  const marks = await marksOf(store, organisationId, viewer.key, ids)
  return {
    sessions: page.map(({ body }, position) => listedOf(body, viewer, marks[position] as MarksView)),
    nextCursor: found.length > limit && last ? encodeCursor({ sort: last.body.updatedAt, id: last.id }) : null,
  }
}
