import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { randomId } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'
import { organisationTopic } from '@/lib/sessions/collection'
import { Collection } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

/** What one person set on a session for themselves. */
export interface SessionMarks {
  sessionId: string
  pinned: boolean
  archived: boolean
  /** Messages that the person has seen. */
  seen: number
  /** The newest run whose end the person has seen: one that failed may have left no message. */
  seenRun?: string
}

/** Of an organisation; the id is `{principalKey}:{session id}`. */
export const sessionMarks = new Collection<SessionMarks>({
  name: 'session-marks',
  v: 1,
  indexes: (marks) => [{ index: 'session', group: marks.sessionId, sort: 0 }],
})

const NO_MARKS = { pinned: false, archived: false, seen: 0 }
const idOf = (key: string, sessionId: string) => `${key}:${sessionId}`

export interface MarksView {
  pinned: boolean
  archived: boolean
  seen: number
  seenRun?: string
  /** Grows with every change; 0: nothing was set. */
  version: number
}

/** The caller's marks of these sessions, in their order. */
export async function marksOf(
  store: Store,
  organisationId: string,
  key: string,
  sessionIds: string[],
): Promise<MarksView[]> {
  const ids = sessionIds.map((sessionId) => idOf(key, sessionId))
  const found = await sessionMarks.getMany(store, organisationId, ids)
  return found.map((marks) => {
    const { sessionId: _, ...body } = marks?.body ?? { sessionId: '', ...NO_MARKS }
    return { ...body, version: marks?.version ?? 0 }
  })
}

/** Sets the caller's own marks; what is not named stays. `seen` only grows. Throws `not_found`. */
export async function markSession(
  ctx: Ctx,
  input: { sessionId: string; pinned?: boolean; archived?: boolean; seen?: number; seenRun?: string },
): Promise<MarksView> {
  const { session } = await findSession(ctx, input.sessionId)
  const { store } = ctx.services
  const { organisationId } = session.body
  const id = idOf(principalKey(ctx.principal), session.id)
  return retryOnConflict(5, async () => {
    const found = await sessionMarks.get(store, organisationId, id)
    const before = found?.body ?? { sessionId: session.id, ...NO_MARKS }
    const after: SessionMarks = {
      ...before,
      pinned: input.pinned ?? before.pinned,
      archived: input.archived ?? before.archived,
      seen: Math.max(before.seen, Math.min(input.seen ?? 0, session.body.messageCount)),
      ...(input.seenRun === undefined ? {} : { seenRun: input.seenRun }),
    }
    const isSame = found && JSON.stringify(after) === JSON.stringify(before)
    const [version = found?.version ?? 1] = isSame
      ? [found.version]
      : await commitOrThrow(store, {
          partition: organisationId,
          operationId: `marks:${randomId(16)}`,
          operations: [sessionMarks.put(id, after, found ? { ifVersion: found.version } : { ifAbsent: true })],
          signals: [organisationTopic(organisationId)],
        })
    return { pinned: after.pinned, archived: after.archived, seen: after.seen, version }
  })
}
