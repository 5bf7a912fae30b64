import { type Principal, principalKey } from '@/lib/access/types'
import type { Services } from '@/lib/context'
import { cancelQueued, requestStop } from '@/lib/runs/cancel'
import { isSettled, runs } from '@/lib/runs/collection'
import { sessions } from '@/lib/sessions/collection'
import { retryOnConflict } from '@/lib/stores/commit'

const PAGE = 200

/**
 * Stops every run of the principals in the organisation, whoever may see it: queued ones end at once, first, so that
 * none of them takes the place of an active one; running and waiting ones get a stored stop. `by`: whose wish it is.
 */
export async function stopRunsOf(
  services: Services,
  input: { organisationId: string; principals: Principal[]; by: string },
): Promise<void> {
  for (const principal of input.principals) {
    const unsettled = await unsettledRuns(services, input.organisationId, principalKey(principal))
    for (const runId of unsettled) await stop(services, input.organisationId, runId, { queuedOnly: true, by: input.by })
    for (const runId of unsettled)
      await stop(services, input.organisationId, runId, { queuedOnly: false, by: input.by })
  }
}

async function unsettledRuns({ store }: Services, organisationId: string, group: string): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = await runs.list(store, organisationId, {
      index: 'unsettled',
      group,
      order: 'ascending',
      limit: PAGE,
      cursor,
    })
    found.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor)
  return found
}

async function stop(
  services: Services,
  organisationId: string,
  runId: string,
  { queuedOnly, by }: { queuedOnly: boolean; by: string },
): Promise<void> {
  const { store } = services
  await retryOnConflict(10, async () => {
    const run = await runs.get(store, organisationId, runId)
    if (!run || isSettled(run.body.state)) return
    if (run.body.state.status !== 'queued') {
      if (!queuedOnly) await requestStop(services, run, by)
      return
    }
    const session = await sessions.get(store, organisationId, run.body.sessionId)
    // A deleted session's runs end with it.
    if (session) await cancelQueued(store, run, session)
  })
}
