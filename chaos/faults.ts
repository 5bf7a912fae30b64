import { setTimeout as delay } from 'node:timers/promises'
import type { BackingStore } from './backing-store.ts'
import type { Instance } from './instance.ts'
import type { Random } from './random.ts'
import type { Records } from './records.ts'
import type { RoundRobin } from './round-robin.ts'
import type { UpstreamFaults } from './upstream.ts'

export interface Injectable {
  instances: Instance[]
  store: BackingStore
  proxy: RoundRobin
  leaseMilliseconds: number
  setUpstream(faults: Partial<UpstreamFaults>): Promise<void>
  records: Records
}

interface Fault {
  name: string
  /** How often it is drawn, relative to the others. */
  weight: number
  /** Begins it and resolves when it is over; answers whether there was anything to inflict it on. */
  inflict(): Promise<boolean>
}

/**
 * Inflicts fault after fault, drawn by the seed, until its time is over: from a shuffled bag that holds each kind as
 * often as its weight says, and is filled anew when it is empty. What cannot be inflicted when drawn is left out.
 */
export class FaultPlan {
  private readonly world: Injectable
  private readonly random: Random
  private readonly running = new Set<Promise<void>>()
  private readonly busy = new Set<string>()
  private bag: Fault[] = []

  constructor(world: Injectable, random: Random) {
    this.world = world
    this.random = random
  }

  async run(milliseconds: number, gap: { least: number; most: number }): Promise<void> {
    const end = Date.now() + milliseconds
    while (Date.now() < end) {
      await delay(Math.min(this.random.between(gap.least, gap.most), Math.max(0, end - Date.now())))
      if (Date.now() < end) this.begin()
    }
    await Promise.all(this.running)
    await this.world.setUpstream({ model: null, tool: null })
  }

  private begin(): void {
    if (this.bag.length === 0) {
      const all = this.faults().flatMap((fault) => Array.from({ length: fault.weight }, () => fault))
      this.bag = this.random.shuffled(all)
    }
    const fault = this.bag.pop() as Fault
    const work = fault
      .inflict()
      .then((inflicted) => {
        // What was drawn and left out has proved nothing.
        if (inflicted) this.world.records.fault(fault.name)
      })
      .catch((error) => this.world.records.violation(`fault "${fault.name}": ${(error as Error).message}`))
      .finally(() => this.running.delete(work))
    this.running.add(work)
  }

  private faults(): Fault[] {
    const { random, world } = this
    return [
      {
        name: 'instance killed',
        weight: 3,
        inflict: () => this.onInstance((one) => one.killAndRestart(this.up(0, 3))),
      },
      {
        name: 'instance frozen',
        weight: 3,
        inflict: () => this.onInstance((one) => one.freeze(world.leaseMilliseconds * (0.3 + random.next() * 2.7))),
      },
      { name: 'instance handed over', weight: 2, inflict: () => this.onInstance((one) => this.handOver(one)) },
      { name: 'rolling restart', weight: 1, inflict: () => this.rollingRestart() },
      ...world.store.faults.map(({ name, inflict }) => ({
        name,
        weight: 2,
        inflict: () => this.alone('store', () => inflict(this.up(0.2, 5))),
      })),
      ...(['hang', 'error', 'cut'] as const).map((kind) => ({
        name: `model: ${kind}`,
        weight: 1,
        inflict: () => this.upstream('model', kind),
      })),
      ...(['hang', 'cut-before', 'cut-after'] as const).map((kind) => ({
        name: `tool: ${kind}`,
        weight: 1,
        inflict: () => this.upstream('tool', kind),
      })),
      {
        name: 'client sockets cut',
        weight: 2,
        inflict: async () => {
          const cut = world.proxy.cut(() => random.chance(0.5))
          world.records.count('sockets cut', cut)
          return cut > 0
        },
      },
    ]
  }

  /** Seconds as milliseconds. */
  private up(least: number, most: number): number {
    return this.random.between(least * 1_000, most * 1_000)
  }

  private upstream(part: 'model' | 'tool', kind: never | string): Promise<boolean> {
    return this.alone(part, async () => {
      await this.world.setUpstream({ [part]: kind } as Partial<UpstreamFaults>)
      await delay(this.up(0.3, 4))
      await this.world.setUpstream({ [part]: null } as Partial<UpstreamFaults>)
    })
  }

  /** One fault of a kind at a time: a second one waits for nothing and does not happen, which the answer says. */
  private async alone(what: string, work: () => Promise<void>): Promise<boolean> {
    if (this.busy.has(what)) return false
    this.busy.add(what)
    try {
      await work()
      return true
    } finally {
      this.busy.delete(what)
    }
  }

  /** Leaves at least one instance untouched: with none left there is nothing to see. */
  private async onInstance(work: (instance: Instance) => Promise<void>): Promise<boolean> {
    const { instances } = this.world
    const free = instances.filter((one) => one.state === 'up' && !this.busy.has(one.name))
    if (free.length === 0 || (free.length === 1 && instances.length > 1)) return false
    const chosen = this.random.pick(free)
    return this.alone(chosen.name, () => work(chosen))
  }

  private async handOver(instance: Instance): Promise<void> {
    const wrong = await instance.handOverAndRestart()
    if (wrong) this.world.records.violation(wrong)
  }

  private async rollingRestart(): Promise<boolean> {
    let restarted = 0
    await this.alone('rolling', async () => {
      for (const instance of this.world.instances) {
        await this.alone(instance.name, async () => {
          if (instance.state !== 'up') return
          await this.handOver(instance)
          restarted += 1
        })
      }
    })
    return restarted > 0
  }
}
