import type { RunChunk, ToolOutput } from '@/lib/agent/events'
import { newResourceId } from '@/lib/ids'
import { evidence, keepEvidence } from '@/lib/runs/evidence'
import { messages, type Session, sessions } from '@/lib/sessions/collection'
import type { Operation, Store } from '@/lib/stores/contract'
import { append } from '../seed-log.ts'
import type { ChartSize } from './chart.ts'
import { investigation, turnOf } from './writing.ts'

const TURN_MILLISECONDS = 60_000
const TURNS_PER_COMMIT = 100

async function commit(store: Store, partition: string, operationId: string, operations: Operation[]): Promise<void> {
  const result = await store.commit({ partition, operationId, operations })
  if (result.status === 'refused') throw new Error(`The store refused the seed: ${result.reason}.`)
}

async function findSession(store: Store, organisationId: string, sessionId: string): Promise<Session> {
  const found = await sessions.get(store, organisationId, sessionId)
  if (!found) throw new Error('The session to seed is gone.')
  return found.body
}

/** Gives a session to the person and fills it up to so many messages. */
export async function seedMessages(
  store: Store,
  place: { organisationId: string; sessionId: string; owner: string; count: number },
): Promise<void> {
  const { organisationId, sessionId, owner, count } = place
  const session = await findSession(store, organisationId, sessionId)
  const before = session.messageCount
  const began = Date.now() - count * TURN_MILLISECONDS
  for (let from = before / 2; from < count / 2; from += TURNS_PER_COMMIT) {
    const operations: Operation[] = []
    for (let turn = from; turn < Math.min(from + TURNS_PER_COMMIT, count / 2); turn += 1) {
      const runId = newResourceId('run', organisationId)
      for (const [place, message] of turnOf(turn, runId, began + turn * TURN_MILLISECONDS).entries()) {
        const position = turn * 2 + place + 1
        const stored = { sessionId, runId, position, content: { kind: 'inline' as const, message } }
        operations.push(messages.put(message.id, stored, { ifAbsent: true }))
      }
    }
    await commit(store, organisationId, `bench:${sessionId}:${from}`, operations)
  }
  const operations = [sessions.put(sessionId, { ...session, owner, messageCount: count })]
  await commit(store, organisationId, `bench:${sessionId}:count`, operations)
}

/** Adds so many events of an investigation to a run that waits for its model; answers how many its log has then. */
export async function lengthenRun(
  store: Store,
  place: { organisationId: string; runId: string },
  events: number,
): Promise<{ events: number; text: string }> {
  const { last } = await store.readLog(place.organisationId, `run:${place.runId}`, 0, { limit: 1, maxBytes: 1 })
  const chunks: RunChunk[] = investigation(events)
  await append(store, place, last + 1, chunks)
  const written = chunks.flatMap((chunk) => (chunk.type === 'text-delta' && chunk.id === 'answer' ? [chunk.delta] : []))
  return { events: last + chunks.length, text: written.join('') }
}

/** Puts an answer with one result into a session: a matrix of so many points in so many series. */
export async function seedChart(
  store: Store,
  { organisationId, sessionId }: { organisationId: string; sessionId: string },
  { points, series, apart = false }: ChartSize,
): Promise<void> {
  const session = await findSession(store, organisationId, sessionId)
  const each = Math.floor(points / series)
  const begin = 1_790_000_000
  const structured = {
    series: Array.from({ length: series }, (_, index) => ({
      name: 'http_request_duration_seconds',
      labels: { pod: `payments-${index}` },
      unit: 's',
      points: Array.from({ length: each }, (_, at) => [
        begin + at * 15 + (apart ? index * 0.7 : 0),
        Number((1 + index * 0.1 + Math.sin(at / 300) + (((at * 7919) % 101) / 101) * 0.3).toFixed(6)),
      ]),
    })),
  }
  const runId = newResourceId('run', organisationId)
  const toolCallId = `chart-${points}-${series}${apart ? '-apart' : ''}`
  const origin = { organisationId, sessionId, runId, toolCallId, toolName: 'query_metrics', risk: 'read' as const }
  const guard = evidence.put(`ev_bench_${toolCallId}`, { ...origin, createdAt: Date.now() } as never, {
    expiresIn: 3_600_000,
  })
  const outcome = { status: 'ok' as const, content: [], structured }
  const output: ToolOutput = await keepEvidence(store, { ...origin, expiresIn: 3_600_000 }, outcome as never, guard)
  const [question, answer] = turnOf(1, runId, Date.now())
  for (const part of answer.parts) {
    if (part.type === 'dynamic-tool') Object.assign(part, { toolCallId, output })
  }
  const put = [question, answer].map((message, place) =>
    messages.put(
      message.id,
      { sessionId, runId, position: session.messageCount + place + 1, content: { kind: 'inline', message } },
      { ifAbsent: true },
    ),
  )
  const grown = sessions.put(sessionId, { ...session, messageCount: session.messageCount + 2 })
  await commit(store, organisationId, `bench:${sessionId}:${toolCallId}`, [...put, grown])
}
