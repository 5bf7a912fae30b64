import type { Writable } from 'node:stream'
import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from 'pino'
import { StoreUnavailable } from '@/lib/errors'
import {
  COMMAND_TIMEOUT_MS,
  isMissingScript,
  isRefusal,
  PushRefused,
  type RedisConnection,
  type RedisPush,
  reasonOf,
  unavailable,
} from '@/lib/stores/redis/connection'
import type { Script } from '@/lib/stores/redis/script'

/** How long a command waits for a broken connection to come back before it is given up unsent. */
const READY_BOUND_MS = 2_000

export interface TcpOptions {
  url: string
  logger?: Logger
  readyBoundMs?: number
}

// A command is sent once or not at all: no queue for later, no sending again after a reconnect.
const OPTIONS: RedisOptions = {
  protocol: 2,
  lazyConnect: true,
  connectTimeout: COMMAND_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
  keepAlive: 10_000,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  disableClientInfo: true,
  retryStrategy: (times) => Math.min(1_000, 25 * 2 ** Math.min(times, 6)),
  // After a failover the old connection leads to a replica: leave it, without sending the command again.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
}

export class TcpConnection implements RedisConnection {
  readonly push: RedisPush
  private readonly client: Redis
  private readonly readiness: Readiness
  private readonly subscriber: TcpPush
  private readonly logger: Logger | undefined
  private knownEpoch: Promise<string> | undefined
  private closed = false

  constructor({ url, logger, readyBoundMs = READY_BOUND_MS }: TcpOptions) {
    this.logger = logger
    this.client = newClient(url, logger)
    this.readiness = new Readiness(this.client, readyBoundMs)
    this.client.on('close', () => {
      this.knownEpoch = undefined
    })
    this.subscriber = new TcpPush(newClient(url, logger), readyBoundMs)
    this.push = this.subscriber
  }

  async run(script: Script, keys: string[], args: string[]) {
    const rest = [keys.length, ...keys, ...args]
    try {
      await this.ready()
      gather(this.client)
      try {
        return await this.client.call('EVALSHA', [script.sha, ...rest])
      } catch (error) {
        if (!isMissingScript(error)) throw error
        return await this.client.call('EVAL', [script.source, ...rest])
      }
    } catch (error) {
      throw this.failed(error)
    }
  }

  async ping() {
    try {
      await this.ready()
      await this.client.ping()
    } catch (error) {
      throw this.failed(error)
    }
  }

  epoch() {
    this.knownEpoch ??= this.readEpoch().catch((error: unknown) => {
      this.knownEpoch = undefined
      throw error
    })
    return this.knownEpoch
  }

  async close() {
    this.closed = true
    this.client.disconnect()
    this.subscriber.close()
  }

  private async readEpoch() {
    try {
      await this.ready()
      return /master_replid:(\w{1,8})/.exec(await this.client.info('replication'))?.[1] ?? ''
    } catch (error) {
      throw this.failed(error)
    }
  }

  private async ready() {
    if (this.closed) throw new StoreUnavailable('The store is closed.')
    await this.readiness.met()
  }

  private failed(error: unknown) {
    // A connection that does not answer in time may be half open: a new one tells.
    if (error instanceof Error && error.message === 'Command timed out' && !this.closed) this.client.disconnect(true)
    return unavailable(error, this.logger)
  }
}

const gathering = new WeakSet<Writable>()

/**
 * What is sent until the current turn of JavaScript is over goes out in one write: a system call for each command was
 * the largest single item of what the process spends on a token. Subscriptions, for which nobody waits who could not
 * read meanwhile, are gathered over the whole turn of the event loop: a new run and its watcher make three.
 */
function gather(client: Redis, after: (send: () => void) => unknown = process.nextTick): void {
  const { stream } = client
  if (!stream || gathering.has(stream)) return
  gathering.add(stream)
  stream.cork()
  after(() => {
    gathering.delete(stream)
    stream.uncork()
  })
}

/** The one subscriber connection of the process; opened with the first subscription. */
class TcpPush implements RedisPush {
  private readonly client: Redis
  private readonly readiness: Readiness
  private readonly channels = new Set<string>()
  private restored: () => void = () => {}
  private refused: () => void = () => {}
  private closed = false

  constructor(client: Redis, readyBoundMs: number) {
    this.client = client
    this.readiness = new Readiness(client, readyBoundMs)
    let connected = false
    this.client.on('ready', () => {
      if (connected && this.channels.size > 0) void this.resubscribe()
      connected = true
    })
  }

  async subscribe(channel: string) {
    if (this.closed) throw new StoreUnavailable('The store is closed.')
    this.channels.add(channel)
    try {
      await this.readiness.met()
      gather(this.client, setImmediate)
      await this.client.subscribe(channel)
    } catch (error) {
      throw isRefusal(error) ? new PushRefused() : unavailable(error, undefined)
    }
  }

  unsubscribe(channel: string) {
    this.channels.delete(channel)
    // When the connection is away the channel is simply not subscribed to again.
    if (this.client.status !== 'ready') return
    gather(this.client, setImmediate)
    this.client.unsubscribe(channel).catch(() => {})
  }

  onMessage(listener: (channel: string, message: string) => void) {
    this.client.on('message', listener)
  }

  onRestored(listener: () => void) {
    this.restored = listener
  }

  onRefused(listener: () => void) {
    this.refused = listener
  }

  async probe() {
    if (this.client.status !== 'ready' || this.channels.size === 0) return
    await this.client.ping().catch(() => {
      if (!this.closed) this.client.disconnect(true)
    })
  }

  close() {
    this.closed = true
    this.client.disconnect()
  }

  private async resubscribe() {
    try {
      await this.client.subscribe(...this.channels)
      this.restored()
    } catch (error) {
      if (isRefusal(error)) this.refused()
      else if (!this.closed) this.client.disconnect(true)
    }
  }
}

function newClient(url: string, logger: Logger | undefined) {
  const client = new Redis(url, OPTIONS)
  let away = false
  client.on('error', (error) => {
    if (!away) logger?.error({ reason: reasonOf(error) }, 'redis is away')
    away = true
  })
  client.on('ready', () => {
    if (away) logger?.info('redis is back')
    away = false
  })
  return client
}

/** Waits for a connection, within a bound; nothing has been sent when it is not met. All waiters share one wait. */
class Readiness {
  private readonly client: Redis
  private readonly bound: number
  private waiting: Promise<void> | undefined

  constructor(client: Redis, bound: number) {
    this.client = client
    this.bound = bound
  }

  async met() {
    if (this.client.status === 'ready') return
    this.waiting ??= this.wait().finally(() => {
      this.waiting = undefined
    })
    await this.waiting
  }

  private wait() {
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer)
        this.client.off('ready', ready)
        if (error) reject(error)
        else resolve()
      }
      const ready = () => settle()
      const timer = setTimeout(() => settle(new StoreUnavailable()), this.bound)
      this.client.on('ready', ready)
      // Its failure is told by the error event and retried; only readiness matters here.
      if (this.client.status === 'wait') this.client.connect().catch(() => {})
    })
  }
}
