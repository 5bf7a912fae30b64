import { setTimeout as delay } from 'node:timers/promises'
import type { LongwatchMessage } from '@/lib/agent/events'
import { runs as runCollection, runLease } from '@/lib/runs/collection'
import type { Store } from '@/lib/stores/contract'
import { callUntilAnswered, openStream } from './client.ts'
import type { Records, SeenEvent } from './records.ts'
import type { RunFacts, SessionFacts } from './verify.ts'

const ENDED = new Set(['completed', 'failed', 'cancelled'])

interface Asked {
  url: string
  records: Records
}

/** Lets paused queues go on until no session has anything active or queued; answers whether that came in time. */
export async function untilSettled({ url, records }: Asked, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  const open = new Map(records.sessions)
  while (open.size > 0 && Date.now() < end) {
    for (const [id, token] of open) {
      const answer = await callUntilAnswered(url, token, 'GET', `/api/sessions/${id}`, {}, 20_000)
      if (answer?.status !== 200) continue
      const session = answer.body as { activeRunId: string | null; queue: unknown[] }
      if (!session.activeRunId && session.queue.length === 0) open.delete(id)
      else if (!session.activeRunId) {
        await callUntilAnswered(url, token, 'POST', `/api/sessions/${id}/queue/resume`, {}, 20_000)
      }
    }
    if (open.size > 0) await delay(500)
  }
  return open.size === 0
}

/** Every accepted run as the API tells it now, with its log read again from 0. */
export async function readRuns({ url, records }: Asked): Promise<RunFacts[]> {
  const facts: RunFacts[] = []
  for (const sent of records.sent) {
    for (const id of sent.runIds) {
      const answer = await callUntilAnswered(url, sent.token, 'GET', `/api/agent/runs/${id}`)
      if (answer?.status !== 200) {
        records.violation(`run ${id} (${sent.plan.id}) was accepted; reading it is answered ${answer?.status}`)
        continue
      }
      const run = answer.body as Omit<RunFacts, 'sent' | 'log'>
      facts.push({ ...run, sent, log: ENDED.has(run.status) ? await readLog(url, sent.token, id) : [] })
    }
  }
  return facts
}

async function readLog(url: string, token: string, runId: string): Promise<SeenEvent[]> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const log: SeenEvent[] = []
    let done = false
    const stream = await openStream(url, token, `/api/agent/runs/${runId}/events?after=0`, {}, ({ id, data }) => {
      if (data === '[DONE]') done = true
      else log.push({ n: Number(id), data })
    }).catch(() => null)
    await stream?.over
    if (done) return log
    await delay(500)
  }
  throw new Error(`The log of run ${runId} could not be read to its end.`)
}

/** Every session with all of its messages. */
export async function readSessions({ url, records }: Asked): Promise<SessionFacts[]> {
  const facts: SessionFacts[] = []
  for (const [id, token] of records.sessions) {
    let messages: LongwatchMessage[] = []
    let before = ''
    for (;;) {
      const query = before && `?before=${encodeURIComponent(before)}`
      const answer = await callUntilAnswered(url, token, 'GET', `/api/sessions/${id}${query}`)
      if (answer?.status !== 200) {
        records.violation(`session ${id}: reading it is answered ${answer?.status}`)
        break
      }
      const page = answer.body as SessionFacts & { messagesCursor: string | null }
      messages = [...page.messages, ...messages]
      if (!page.messagesCursor) {
        facts.push({ id, activeRunId: page.activeRunId, queue: page.queue, messages })
        break
      }
      before = page.messagesCursor
    }
  }
  return facts
}

/** What the store itself still holds of work: active runs, and leases that were not given up. */
export async function checkLeftovers(store: Store, organisationId: string, runs: RunFacts[]): Promise<string[]> {
  const found: string[] = []
  const active = await runCollection.list(store, organisationId, {
    index: 'active',
    group: 'all',
    order: 'ascending',
    limit: 100,
  })
  for (const { id, body } of active.items) found.push(`run ${id} is still listed as active (${body.state.status})`)
  for (const { id } of runs) {
    const lease = await store.readLease(organisationId, runLease(id))
    if (lease && lease.remaining > 0) found.push(`run ${id} is still leased for ${lease.remaining} ms`)
  }
  return found
}
