import { chooseOrganisation } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { runs, startedAtOf } from '@/lib/runs/collection'
import { viewNow } from '@/lib/runs/get'
import type { Run, RunStatus } from '@/lib/runs/types'
import { sessions } from '@/lib/sessions/collection'
import type { FoldState } from '@/lib/sessions/fold'
import { isSettledTool, isToolPart } from '@/lib/sessions/fold'
import type { Store } from '@/lib/stores/contract'

/** A run that goes on, waits for people, or waits for a place. */
export interface ActiveRun {
  id: string
  status: RunStatus
  asker: { key: string; name: string }
  sessionId: string
  /** Null when the conversation is not the caller's to see. */
  sessionTitle: string | null
  model: string | null
  steps: number
  createdAt: number
  startedAt: number | null
  /** The calls that have no result yet. */
  calls: { server: string | null; tool: string; state: 'running' | 'waiting' }[]
  mayStop: boolean
}

/** More than this at once is more than anybody reads. */
const MOST = 200
const AT_ONCE = 8

/** `GET /api/agent/runs`: the active runs of an organisation, the newest first; those of others only for admins. */
export async function listActiveRuns(ctx: Ctx, input: { org?: string }): Promise<{ runs: ActiveRun[]; more: boolean }> {
  const { organisation, role } = await chooseOrganisation(ctx, input.org)
  const caller = principalKey(ctx.principal)
  const { store } = ctx.services
  const all = await activeRuns(store, organisation.id)
  const visible = all.filter((run) => role === 'admin' || principalKey(run.principal) === caller)
  const page = visible.sort((a, b) => b.createdAt - a.createdAt).slice(0, MOST)
  const found = await sessions.getMany(store, organisation.id, [...new Set(page.map(({ sessionId }) => sessionId))])
  const bySession = new Map(found.flatMap((session) => (session ? [[session.id, session.body] as const] : [])))
  const names = new Map<string, Promise<string>>()
  const nameOfAsker = (run: Run) => {
    const key = principalKey(run.principal)
    const name = names.get(key) ?? nameOf(store, run.principal)
    names.set(key, name)
    return name
  }
  const views: ActiveRun[] = []
  for (let index = 0; index < page.length; index += AT_ONCE) {
    const some = page.slice(index, index + AT_ONCE).map(async (run): Promise<ActiveRun> => {
      const session = bySession.get(run.sessionId)
      const isVisible = session && (session.owner === caller || session.visibility === 'organisation')
      const { view, fold } = await viewNow(ctx, run)
      return {
        id: run.id,
        status: view.status,
        asker: { key: principalKey(run.principal), name: await nameOfAsker(run) },
        sessionId: run.sessionId,
        sessionTitle: isVisible ? session.title : null,
        model: view.model,
        steps: view.steps,
        createdAt: run.createdAt,
        startedAt: startedAtOf(run.state),
        calls: fold ? callsOf(fold) : [],
        mayStop: true,
      }
    })
    views.push(...(await Promise.all(some)))
  }
  return { runs: views, more: visible.length > page.length }
}

async function activeRuns(store: Store, organisationId: string): Promise<Run[]> {
  const found: Run[] = []
  for (const index of ['active', 'waiting', 'place']) {
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof runs.list>> = await runs.list(store, organisationId, {
        index,
        group: 'all',
        order: 'descending',
        limit: MOST,
        cursor,
      })
      found.push(...page.items.map(({ body }) => body))
      cursor = page.nextCursor
    } while (cursor)
  }
  return found
}

function callsOf(fold: FoldState): ActiveRun['calls'] {
  const asked = new Set(
    fold.parts.flatMap((part) => {
      if (part.type !== 'data-approval') return []
      return part.data.decision === undefined ? [part.data.toolCallId] : []
    }),
  )
  return fold.parts.flatMap((part) => {
    if (!isToolPart(part) || isSettledTool(part)) return []
    const isAsked = asked.has(part.toolCallId)
    if (!isAsked && !fold.progress[part.toolCallId]) return []
    const metadata = part.toolMetadata as { server?: string; tool?: string } | undefined
    const name = part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length)
    return [
      {
        server: metadata?.server ?? null,
        tool: metadata?.tool ?? name,
        state: isAsked ? 'waiting' : 'running',
      } as const,
    ]
  })
}
