import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { conflict } from '@/lib/errors'
import { runs, stopTopic } from '@/lib/runs/collection'
import { newRun, type RunBase } from '@/lib/runs/new-run'
import type { StartPlan } from '@/lib/runs/start'
import { stopOperations } from '@/lib/runs/stop'
import { type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import { MAX_QUEUE, queuedRuns } from '@/lib/sessions/view'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** Puts the question behind the active run, or stops that and puts it first. Errors: `conflict` (`reject`; the queue is full). */
export async function enqueue(
  ctx: Ctx,
  plan: { base: RunBase; session: Versioned<Session>; whenBusy: 'queue' | 'steer' | 'reject'; now: number },
): Promise<StartPlan> {
  const { base, session, whenBusy, now } = plan
  if (whenBusy === 'reject') throw conflict('A run is active in this conversation.')
  const steer = whenBusy === 'steer'
  const active = session.body.activeRunId as string
  const position = await freePosition(ctx.services.store, session.body, steer ? 'first' : 'last')
  const run = newRun(base, { status: 'queued', waitsFor: 'turn', position })
  const changed: Session = {
    ...session.body,
    updatedAt: now,
    steeredRunId: steer ? run.id : session.body.steeredRunId,
  }
  const operations = [sessions.put(session.id, changed, { ifVersion: session.version }), runs.put(run.id, run)]
  const signals = sessionTopics(changed)
  const stopped = steer ? await runs.get(ctx.services.store, session.body.organisationId, active) : null
  if (stopped) {
    operations.push(...stopOperations(stopped, principalKey(ctx.principal)))
    signals.push(stopTopic(active))
  }
  return {
    run,
    operations,
    signals,
    answer: { runId: run.id, sessionId: session.id, status: 'queued' },
    interrupts: steer ? active : undefined,
  }
}

async function freePosition(store: Store, session: Session, end: 'first' | 'last'): Promise<number> {
  const queue = await queuedRuns(store, session)
  if (queue.length >= MAX_QUEUE) throw conflict(`At most ${MAX_QUEUE} messages can wait in one conversation.`)
  const positions = queue.flatMap(({ body }) =>
    body.state.status === 'queued' && body.state.waitsFor === 'turn' ? [body.state.position] : [],
  )
  if (positions.length === 0) return 1
  return end === 'first' ? (positions[0] as number) - 1 : (positions.at(-1) as number) + 1
}
