import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isTerminal, type RunChunk } from '@/lib/agent/events'
import { runLease } from '@/lib/runs/collection'
import { callUntilAnswered } from '../client.ts'
import type { Instance, InstanceServer } from '../instance.ts'
import { messageOfPlan, type Plan, type PlannedCall } from '../plan.ts'
import { Random } from '../random.ts'
import { Records, type RunWatch, type SentMessage, type SessionWatch } from '../records.ts'
import { readRuns, untilSettled } from '../settle.ts'
import { judge } from '../verdict.ts'
import type { RunFacts } from '../verify.ts'
import { type Habit, watchRun, watchSession } from '../watchers.ts'
import { type ChaosWorld, createWorld } from '../world.ts'

export interface DeploymentOptions {
  store: 'redis' | 'sqlite'
  instances: number
  /** The product's default unless a test wants another one. */
  leaseSeconds?: number
  /** Of each instance; `npm start`'s unless a test wants Next.js alone. */
  servers?: InstanceServer[]
}

export const LEASE_SECONDS = 10

const chunksOf = (watch: RunWatch) => watch.events.map(({ data }) => JSON.parse(data) as RunChunk)

/** What somebody who watches a run has seen so far. */
export interface Watching {
  seen: RunWatch
  /** Resolves with its `[DONE]`. */
  done: Promise<void>
}

/** Several processes of the built application on one store, behind a proxy; and what a test does to them and sees of them. */
export class Deployment {
  readonly world: ChaosWorld
  readonly records: Records
  private readonly random = new Random(1)
  private readonly giveUp = new AbortController()
  private readonly store: Awaited<ReturnType<ChaosWorld['store']['open']>>
  private readonly organisation: string
  private count = 0

  private constructor(world: ChaosWorld, records: Records, store: Deployment['store'], organisation: string) {
    this.world = world
    this.records = records
    this.store = store
    this.organisation = organisation
  }

  static async start({ leaseSeconds = LEASE_SECONDS, ...options }: DeploymentOptions): Promise<Deployment> {
    const records = new Records()
    const world = await createWorld({ ...options, leaseSeconds, askers: 1 }, records)
    return new Deployment(world, records, await world.store.open(), await world.organisationId())
  }

  async end(): Promise<void> {
    this.giveUp.abort()
    await this.store.close()
    await this.world.end(false)
  }

  get proxy(): string {
    return this.world.proxy.url
  }

  get token(): string {
    return this.world.provisioned.tokens[0] as string
  }

  instance(index: number): Instance {
    const { instances } = this.world
    return instances[index % instances.length] as Instance
  }

  /** One instance's own address, past the proxy. */
  address(index: number): string {
    return `http://127.0.0.1:${this.instance(index).port}`
  }

  /** What the model will do with a message: say so many words, make the calls, and so on. */
  plan(given: Partial<Omit<Plan, 'id' | 'steps'>> & { steps?: { words?: number; calls: Call[] }[] } = {}): Plan {
    const id = `m${++this.count}`
    const steps = (given.steps ?? []).map(({ words = 0, calls }, step) => ({
      words,
      calls: calls.map((call, at) => ({ bytes: 20, takes: 0, ...call, key: `${id}-${step}-${at}` })),
    }))
    // By its first key the model knows a plan.
    return { id, words: 20, pace: 20, reasons: false, ...given, steps }
  }

  /** Asks at an address and answers once the question is accepted. */
  async ask(
    url: string,
    plan: Plan,
    more: { sessionId?: string; whenBusy?: SentMessage['whenBusy'] } = {},
  ): Promise<Accepted> {
    const whenBusy = more.whenBusy ?? 'queue'
    const sent: SentMessage = {
      plan,
      token: this.token,
      whenBusy,
      runIds: new Set(),
      sessionId: null,
      outcome: 'unknown',
    }
    this.records.sent.push(sent)
    const answer = await this.call(url, 'POST', '/api/agent/runs', {
      body: { message: messageOfPlan(plan), ...more },
      headers: { 'idempotency-key': plan.id },
    })
    expect(answer, `${plan.id} is accepted`).toMatchObject({ status: 202 })
    const { runId, sessionId, status } = answer.body as Omit<Accepted, 'plan' | 'sent'>
    sent.runIds.add(runId)
    sent.sessionId = sessionId
    sent.outcome = 'accepted'
    return { plan, sent, runId, sessionId, status }
  }

  /** Calls until there is a definite answer, as every client should. */
  async call(url: string, method: string, path: string, options: Parameters<typeof callUntilAnswered>[4] = {}) {
    const answer = await callUntilAnswered(url, this.token, method, path, options)
    if (!answer) throw new Error(`${method} ${path} had no definite answer in time.`)
    return answer
  }

  async stop(url: string, { runId }: Accepted): Promise<void> {
    this.records.stopped.add(runId)
    expect(await this.call(url, 'POST', `/api/agent/runs/${runId}/cancel`)).toMatchObject({ status: 202 })
  }

  watch(url: string, { runId }: Accepted, habit: Habit = 'steady'): Watching {
    const done = watchRun(this.outside(url), runId, this.token, this.random.fork(), habit)
    return { seen: this.records.runWatches.at(-1) as RunWatch, done }
  }

  watchSession(url: string, sessionId: string, habit: Habit = 'steady'): SessionWatch {
    void watchSession(this.outside(url), sessionId, this.token, this.random.fork(), habit)
    return this.records.sessionWatches.at(-1) as SessionWatch
  }

  private outside(url: string) {
    return { url, records: this.records, giveUp: this.giveUp.signal, calm: new AbortController().signal }
  }

  /** The instance that holds a run's lease now. */
  async ownerOf({ runId }: Accepted): Promise<Instance | null> {
    const lease = await this.store.readLease(this.organisation, runLease(runId))
    if (!lease || lease.remaining <= 0) return null
    return this.world.instances.find(({ pid }) => lease.holder.split(':')[1] === `${pid}`) ?? null
  }

  /**
   * Asks until the instance of this place executes the run itself: another one may be quicker, which is as good for
   * everybody else. What went elsewhere runs to its end beside.
   */
  async askOn(index: number, makePlan: () => Plan): Promise<Accepted> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const run = await this.ask(this.address(index), makePlan())
      let owner: Instance | null = null
      await expect.poll(async () => (owner = await this.ownerOf(run)), { interval: 5 }).not.toBeNull()
      if (owner === this.instance(index)) return run
    }
    throw new Error(`No run stays with ${this.instance(index).name}.`)
  }

  /** Everything that an instance has logged since its first start. */
  logOf(instance: Instance): string {
    return readFileSync(join(this.world.folder, `${instance.name}.log`), 'utf8')
  }

  /** Waits until nothing is active or queued, and answers every run as it is then, with its log. */
  async settled(milliseconds = 60_000): Promise<RunFacts[]> {
    const outside = { url: this.proxy, records: this.records }
    expect(await untilSettled(outside, milliseconds), 'everything comes to its end').toBe(true)
    return readRuns(outside)
  }

  /** Settled, and held against every promise that chaos checks. */
  async verify(): Promise<RunFacts[]> {
    const facts = await this.settled()
    const outside = { url: this.proxy, records: this.records }
    const broken = async () => (await judge(this.world, outside, facts)).flatMap(({ violations }) => violations)
    // A watcher of a session is told of the last events a moment after they are stored.
    await expect.poll(broken, { timeout: 15_000, interval: 500 }).toEqual([])
    return facts
  }
}

export type Call = Pick<PlannedCall, 'tool'> & Partial<PlannedCall>

export interface Accepted {
  plan: Plan
  sent: SentMessage
  runId: string
  sessionId: string
  status: string
}

export const wordsSeen = (watch: RunWatch) => chunksOf(watch).filter(({ type }) => type === 'text-delta').length

export const hasEnded = (watch: RunWatch) => chunksOf(watch).some(isTerminal)

/** When the watcher learned that another process goes on with the run, by `performance.now()`; null: not yet. */
export function takenOverAt(watch: RunWatch): number | null {
  const at = chunksOf(watch).findIndex((chunk) => chunk.type === 'data-run' && chunk.data.attempt > 1)
  return watch.events[at]?.at ?? null
}
