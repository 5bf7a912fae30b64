import { LRUCache } from 'lru-cache'
import { membershipIn } from '@/lib/access/memberships'
import type { Ctx } from '@/lib/context'
import { LongwatchError, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { runs } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import { findSession, findSessionToAct, type SessionAccess } from '@/lib/sessions/access'
import { type Session, sessions } from '@/lib/sessions/collection'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

export interface RunAccess {
  run: Versioned<Run>
  access: SessionAccess
}

/** Where a run is; its id alone tells. */
export type RunPlace = Pick<Run, 'organisationId' | 'id'>

/** A run's session is another one never, so that it can be looked for while the run is read, which decides. */
const seen = new WeakMap<Store, LRUCache<string, string>>()
const MOST_SEEN = 10_000

function sessionsSeen(store: Store): LRUCache<string, string> {
  const known = seen.get(store) ?? new LRUCache<string, string>({ max: MOST_SEEN })
  seen.set(store, known)
  return known
}

async function find<Read = undefined>(
  ctx: Ctx,
  runId: string,
  session: (ctx: Ctx, sessionId: string) => Promise<SessionAccess>,
  alongside?: (run: RunPlace) => Promise<Read>,
): Promise<RunAccess & { read: Read }> {
  const organisationId = organisationOf('run', runId)
  if (!organisationId) throw notFound('run')
  const { store } = ctx.services
  const known = sessionsSeen(store)
  const expected = known.get(runId)
  const finding = runs.get(store, organisationId, runId)
  const ahead = expected === undefined ? undefined : session(ctx, expected)
  const reading = alongside?.({ organisationId, id: runId }) as Promise<Read>
  // Who may not see the run learns nothing of it, a failure neither.
  for (const promise of [ahead, reading]) promise?.catch(() => undefined)
  const run = await finding
  if (!run) throw notFound('run')
  const { sessionId } = run.body
  known.set(runId, sessionId)
  try {
    const access = await (sessionId === expected ? ahead : session(ctx, sessionId))
    return { run, access: access as SessionAccess, read: await reading }
  } catch (error) {
    // The asker asked for a run: what it belongs to is not told.
    if (error instanceof LongwatchError && error.code === 'not_found') throw notFound('run')
    throw error
  }
}

/** The run, if the caller may see its session; else 404. */
export const findRun = (ctx: Ctx, runId: string): Promise<RunAccess> => find(ctx, runId, findSession)

/** As `findRun`, with what is read of the run meanwhile. */
export const findRunAnd = <Read>(ctx: Ctx, runId: string, alongside: (run: RunPlace) => Promise<Read>) =>
  find(ctx, runId, findSession, alongside)

/** As `findRun`; 403 for those who may only read. */
export const findRunToAct = (ctx: Ctx, runId: string): Promise<RunAccess> => find(ctx, runId, findSessionToAct)

/** As `findRunToAct`; an organisation's admin may stop every run, also of a session that is not theirs to see. */
export async function findRunToStop(
  ctx: Ctx,
  runId: string,
): Promise<{ run: Versioned<Run>; session: Versioned<Session> }> {
  try {
    const { run, access } = await findRunToAct(ctx, runId)
    return { run, session: access.session }
  } catch (error) {
    if (!(error instanceof LongwatchError) || error.code !== 'not_found') throw error
    const found = await runAsAdmin(ctx, runId)
    if (!found) throw error
    return found
  }
}

async function runAsAdmin(ctx: Ctx, runId: string) {
  const organisationId = organisationOf('run', runId)
  if (!organisationId) return null
  const { store } = ctx.services
  const membership = await membershipIn(store, ctx.principal, organisationId)
  if (membership?.role !== 'admin') return null
  const run = await runs.get(store, organisationId, runId)
  const session = run && (await sessions.get(store, organisationId, run.body.sessionId))
  return run && session && { run, session }
}
