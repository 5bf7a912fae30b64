import type { LongwatchMessage } from '@/lib/agent/events'
import type { Run } from '@/lib/runs/types'
import { messages, unpackMessage } from '@/lib/sessions/collection'
import { readBackwards } from '@/lib/sessions/threads/read'
import type { Store } from '@/lib/stores/contract'

/** More turns than any window holds; what does not fit is trimmed by tokens later. */
const MAX_MESSAGES = 100

/** The transcript before a run's question, oldest first, bounded to the newest messages. */
export async function loadHistory(store: Store, run: Run): Promise<LongwatchMessage[]> {
  if (run.before) {
    const place = { id: run.sessionId, organisationId: run.organisationId }
    const { items } = await readBackwards(store, place, run.before, { limit: MAX_MESSAGES })
    return Promise.all(items.map(({ body }) => unpackMessage(store, run.organisationId, body)))
  }
  const page = await messages.list(store, run.organisationId, {
    index: 'session',
    group: run.sessionId,
    order: 'descending',
    limit: MAX_MESSAGES,
  })
  const earlier = page.items.filter(({ body }) => body.runId !== run.id).reverse()
  return Promise.all(earlier.map(({ body }) => unpackMessage(store, run.organisationId, body)))
}
