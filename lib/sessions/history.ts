import type { LongwatchMessage } from '@/lib/agent/events'
import type { Run } from '@/lib/runs/types'
import { messages, unpackMessage } from '@/lib/sessions/collection'
import type { Store } from '@/lib/stores/contract'

/** More turns than any window holds; what does not fit is trimmed by tokens later. */
const MAX_MESSAGES = 100

/** The transcript before a run's question, oldest first, bounded to the newest messages. */
export async function loadHistory(store: Store, run: Run): Promise<LongwatchMessage[]> {
  const page = await messages.list(store, run.organisationId, {
    index: 'session',
    group: run.sessionId,
    order: 'descending',
    limit: MAX_MESSAGES,
  })
  const earlier = page.items.filter(({ body }) => body.runId !== run.id).reverse()
  return Promise.all(earlier.map(({ body }) => unpackMessage(store, run.organisationId, body)))
}
