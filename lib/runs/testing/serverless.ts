import { LongwatchError } from '@/lib/errors'
import type { RunDispatcher } from '@/lib/runs/dispatch'
import { PLATFORM_MARGIN } from '@/lib/runs/hand-over'
import { inInvocation } from '@/lib/runs/invocation'
import type { Instance, World } from '@/lib/runs/testing/world'
import { watchRun } from '@/lib/runs/watch'
import type { LogEntry } from '@/lib/stores/contract'

export interface ServerlessOptions {
  /** Milliseconds that the platform lets an invocation live, and says so. */
  limit: number
  /** It refuses self-calls that are nested deeper than this. */
  deepestCall: number
  /** Unannounced ends: the nth invocation that executes dies after this share of the limit. */
  deaths?: number[]
}

/**
 * A platform on which every request has a process of its own that is killed at a limit, whatever it is doing, and
 * where nothing runs between requests.
 */
export class Serverless {
  /** Depth of nesting of every invocation so far. */
  readonly invocations: number[] = []
  refusals = 0
  private readonly world: World
  private readonly options: ServerlessOptions
  private readonly deaths: number[]

  constructor(world: World, options: ServerlessOptions) {
    this.world = world
    this.options = options
    this.deaths = [...(options.deaths ?? [])]
  }

  /** Does `work` in an invocation of its own. What it left in the background lives until the limit. */
  async invoke<T>(work: (instance: Instance, ended: AbortSignal) => Promise<T>, depth = 0): Promise<T> {
    const { limit } = this.options
    this.invocations.push(depth)
    const instance = await this.world.process({
      attend: true,
      leaseMilliseconds: 500,
      platformLimitMilliseconds: limit,
      dispatcher: this.dispatcher(depth),
    })
    const ended = new AbortController()
    const death = depth > 0 || this.invocations.length === 1 ? this.deaths.shift() : undefined
    setTimeout(
      () => {
        instance.kill()
        ended.abort()
      },
      limit * (death ?? 1),
    )
    return inInvocation(() => work(instance, ended.signal))
  }

  private dispatcher(depth: number): RunDispatcher {
    return {
      dispatch: async (organisationId, runId) => {
        if (depth >= this.options.deepestCall) {
          this.refusals += 1
          throw new LongwatchError('unavailable', 'Infinite loop detected.')
        }
        await this.invoke(async ({ supervisor }) => supervisor.execute(organisationId, runId), depth + 1)
      },
    }
  }

  /** Reads the run to its end through one stream after the other, each cut by the platform. */
  async *watch(runId: string): AsyncGenerator<LogEntry> {
    for (let after = 0; ; ) {
      let last = ''
      for (const entry of await this.readStream(runId, after)) {
        after = entry.n
        last = entry.data
        yield entry
      }
      if (/^\{"type":"(finish|abort|error)"/.test(last)) return
    }
  }

  private readStream(runId: string, after: number): Promise<LogEntry[]> {
    return this.invoke(async (instance, ended) => {
      const lifetime = AbortSignal.timeout(Math.round(this.options.limit * (1 - PLATFORM_MARGIN)))
      const signal = AbortSignal.any([ended, lifetime])
      const read: LogEntry[] = []
      const { events } = await watchRun(instance.as(this.world.ada), { runId, after, signal })
      for await (const entries of events) read.push(...entries)
      return read
    })
  }
}
