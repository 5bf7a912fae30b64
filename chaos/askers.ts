import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { call, callUntilAnswered } from './client.ts'
import { drawPlan, messageOfPlan } from './plan.ts'
import type { Random } from './random.ts'
import type { SentMessage } from './records.ts'
import { type World, watchRun, watchSession } from './watchers.ts'

const MESSAGES_PER_SESSION = 8
const ENDED = new Set(['completed', 'failed', 'cancelled'])

interface OpenSession {
  id: string
  messages: number
}

/** The newest session of each token: now and then another client of that token writes into it at the same time. */
const newest = new Map<string, OpenSession>()

/** A client that asks, interrupts, stops and queues in one session after the other, and watches what it started. */
export class Asker {
  private readonly world: World
  private readonly name: string
  private readonly token: string
  private readonly random: Random
  private readonly watching: Promise<void>[] = []
  private session: OpenSession | null = null
  private count = 0

  constructor(world: World, name: string, token: string, random: Random) {
    this.world = world
    this.name = name
    this.token = token
    this.random = random
  }

  /** Asks until calm; then answers with what still watches. */
  async run(): Promise<void> {
    while (!this.world.calm.aborted) await this.turn().catch((error) => this.world.records.violation(String(error)))
  }

  /** Resolves when every watcher of a run is at its end. */
  async watched(): Promise<void> {
    await Promise.all(this.watching)
  }

  private async turn(): Promise<void> {
    const { random } = this
    const sent = await this.ask()
    const [runId] = sent.runIds
    if (!runId) return void (await this.pause(500))
    for (let watchers = random.between(1, 3); watchers > 0; watchers -= 1) {
      this.watching.push(watchRun(this.world, runId, this.token, random.fork()))
    }
    const next = random.next()
    if (next < 0.05) await this.removeFromQueue(sent, runId)
    else if (next < 0.15) await this.stop(runId)
    else if (next < 0.6) await this.waitFor(runId)
    else await this.pause(random.between(0, 1_500))
  }

  private async ask(): Promise<SentMessage> {
    const { random } = this
    const session = random.chance(0.25) ? (newest.get(this.token) ?? this.session) : this.session
    const plan = drawPlan(random, `${this.name}m${++this.count}`)
    const goesOn = session !== null && session.messages < MESSAGES_PER_SESSION && random.chance(0.9)
    const whenBusy = random.pick(['queue', 'queue', 'queue', 'steer', 'reject'] as const)
    const sent: SentMessage = {
      plan,
      token: this.token,
      whenBusy,
      runIds: new Set(),
      sessionId: null,
      outcome: 'unknown',
    }
    this.world.records.sent.push(sent)
    const body = { message: messageOfPlan(plan), whenBusy, ...(goesOn ? { sessionId: session.id } : {}) }
    await this.send(sent, body)
    if (sent.outcome !== 'accepted' || !sent.sessionId) return sent
    if (goesOn) session.messages += 1
    else {
      this.session = { id: sent.sessionId, messages: 1 }
      newest.set(this.token, this.session)
      void watchSession(this.world, sent.sessionId, this.token, random.fork())
    }
    return sent
  }

  /** Repeats with the same key until the outcome is known; now and then once more although it is. */
  private async send(sent: SentMessage, body: object): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() }
    const again = this.random.chance(0.1) ? 2 : 1
    for (let time = 0; time < again; time += 1) {
      const answer = await callUntilAnswered(this.world.url, this.token, 'POST', '/api/agent/runs', { body, headers })
      if (!answer) {
        this.world.records.violation(`${sent.plan.id}: no definite answer to its start within the time`)
        return
      }
      if (answer.status === 202) {
        const { runId, sessionId } = answer.body as { runId: string; sessionId: string }
        sent.runIds.add(runId)
        sent.sessionId = sessionId
        sent.outcome = 'accepted'
      } else {
        if (sent.outcome === 'unknown') sent.outcome = 'refused'
        // Busy with `reject`, a full queue, or changed by others too often.
        if (answer.status !== 409) {
          const text = JSON.stringify(answer.body).slice(0, 200)
          this.world.records.violation(`${sent.plan.id}: its start was answered ${answer.status} ${text}`)
        }
      }
    }
  }

  private async stop(runId: string): Promise<void> {
    await this.pause(this.random.between(0, 2_000))
    const path = `/api/agent/runs/${runId}/cancel`
    this.world.records.stopped.add(runId)
    const answer = await callUntilAnswered(this.world.url, this.token, 'POST', path)
    if (answer && answer.status !== 202 && answer.status !== 409) {
      this.world.records.violation(`cancel of ${runId} was answered ${answer.status}`)
    }
    if (answer?.status === 202) this.world.records.count('stops accepted')
    if (this.session && this.random.chance(0.6)) await this.resume(this.session.id)
  }

  /** Refused with 409 once it has begun, which is as good. */
  private async removeFromQueue(sent: SentMessage, runId: string): Promise<void> {
    this.world.records.stopped.add(runId)
    const path = `/api/sessions/${sent.sessionId}/queue/${runId}`
    const answer = await callUntilAnswered(this.world.url, this.token, 'DELETE', path)
    if (answer?.status === 204) this.world.records.count('removed from a queue')
    else if (answer && answer.status !== 409) {
      this.world.records.violation(`removing ${runId} from the queue was answered ${answer.status}`)
    }
  }

  private async resume(sessionId: string): Promise<void> {
    await callUntilAnswered(this.world.url, this.token, 'POST', `/api/sessions/${sessionId}/queue/resume`)
  }

  /** Until the run has ended, calm comes, or 20 s are over. */
  private async waitFor(runId: string): Promise<void> {
    const end = Date.now() + 20_000
    while (Date.now() < end && !this.world.calm.aborted) {
      const answer = await call(this.world.url, this.token, 'GET', `/api/agent/runs/${runId}`).catch(() => null)
      const status = (answer?.body as { status?: string } | null)?.status
      if (answer?.status === 200 && status && ENDED.has(status)) return
      // A paused queue would keep it waiting.
      if (status === 'queued' && this.session && this.random.chance(0.2)) await this.resume(this.session.id)
      await this.pause(400)
    }
  }

  private pause(milliseconds: number): Promise<unknown> {
    return delay(milliseconds, undefined, { signal: this.world.calm }).catch(() => undefined)
  }
}
