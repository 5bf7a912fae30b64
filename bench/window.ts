import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { callsBetween } from './commandstats.ts'
import { cpuOf, machineBusy } from './processes.ts'
import { Delays } from './statistics.ts'
import type { Model, Subject } from './subject.ts'
import { ageOf, TOKEN } from './tokens.ts'

/** What watchers see between two moments, and what it costs meanwhile. */
export class Window {
  /** How long each token took from the model to its watcher, of the tokens that left the model within the window. */
  readonly delays = new Delays()
  tokensArrived = 0
  eventsArrived = 0
  /** Tokens since the beginning, within the window or not. */
  tokensSeen = 0
  private from = Number.POSITIVE_INFINITY
  private to = Number.POSITIVE_INFINITY

  /** For every watcher: hand it the lines that arrive. */
  readonly take = (lines: string): void => {
    const now = Date.now()
    const open = now >= this.from && now < this.to
    for (const [, stamp] of lines.matchAll(TOKEN)) {
      this.tokensSeen += 1
      if (open) this.tokensArrived += 1
      const age = ageOf(stamp ?? '', now)
      if (now - age >= this.from && now - age < this.to) this.delays.add(age)
    }
    if (!open) return
    for (let place = lines.indexOf('id: '); place >= 0; place = lines.indexOf('\nid: ', place + 1)) {
      this.eventsArrived += 1
    }
  }

  /** Opens the window for so long. */
  async measure(subject: Subject, model: Model, seconds: number) {
    const costs = () => ({
      subject: cpuOf(subject.pid),
      model: cpuOf(model.pid),
      redis: subject.redis ? cpuOf(subject.redis.pid) : 0,
      client: process.cpuUsage(),
      machine: machineBusy(),
    })
    const statsBefore = await subject.redis?.stats()
    const statsBegan = performance.now()
    const before = costs()
    const began = performance.now()
    this.from = Date.now()
    await delay(seconds * 1000)
    this.to = Date.now()
    const after = costs()
    const milliseconds = performance.now() - began
    const statsAfter = await subject.redis?.stats()
    const statsMilliseconds = performance.now() - statsBegan
    const client = (sum: NodeJS.CpuUsage) => (sum.user + sum.system) / 1000
    const own = {
      subject: after.subject - before.subject,
      model: after.model - before.model,
      redis: after.redis - before.redis,
      client: client(after.client) - client(before.client),
    }
    const machine = after.machine - before.machine
    return {
      seconds: milliseconds / 1000,
      subjectMilliseconds: own.subject,
      redisMilliseconds: own.redis,
      /** What Redis was asked meanwhile; null when the subject has none. */
      redis:
        statsBefore && statsAfter
          ? {
              seconds: statsMilliseconds / 1000,
              calls: callsBetween(statsBefore.counts, statsAfter.counts),
              bytes: statsAfter.bytesIn - statsBefore.bytesIn + statsAfter.bytesOut - statsBefore.bytesOut,
            }
          : null,
      /** Cores kept busy by each, and by everybody else on the machine. */
      cores: {
        subject: own.subject / milliseconds,
        model: own.model / milliseconds,
        redis: own.redis / milliseconds,
        client: own.client / milliseconds,
        others: Math.max(0, machine - own.subject - own.model - own.redis - own.client) / milliseconds,
        all: availableParallelism(),
      },
    }
  }
}
