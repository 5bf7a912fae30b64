import type { Logger } from 'pino'
import { StoreUnavailable } from '@/lib/errors'
import { Listeners } from '@/lib/stores/listeners'
import { PushRefused, type RedisConnection, type RedisPush, reasonOf } from '@/lib/stores/redis/connection'
import { channelOf, SIGNAL_STREAM, topicOf } from '@/lib/stores/redis/keys'
import { SIGNALS_SINCE } from '@/lib/stores/redis/scripts'

/** Where the server pushes, the poll is only a safety net. */
const SAFETY_POLL_MS = 1_000
/** Where it does not, the poll is quick while anything happens, and slows down to the limit while nothing does. */
const QUICK_POLL_MS = 40
const IDLE_POLL_MS = 1_000
const SLOWER = 1.3

/** Wakes this process's subscribers: one connection and one poll, however many topics and watchers there are. */
export class Signals {
  readonly listeners: Listeners
  private readonly connection: RedisConnection
  /** Absent where there is none, and from the moment on that the server refused one. */
  private push: RedisPush | undefined
  private readonly writer: string
  private readonly logger: Logger | undefined
  /** A topic's acknowledged subscription, shared by all who subscribe to it. */
  private readonly acknowledged = new Map<string, Promise<void>>()
  private timer: NodeJS.Timeout | undefined
  private interval = QUICK_POLL_MS
  /** The newest entry of the signal stream that was read. */
  private cursor: string | undefined
  private polling: Promise<void> | undefined
  private failing = false
  private closed = false

  constructor(connection: RedisConnection, writer: string, logger?: Logger) {
    this.connection = connection
    this.push = connection.push
    this.writer = writer
    this.logger = logger
    this.listeners = new Listeners(logger, (active) => {
      if (!active) this.rest()
    })
    connection.push?.onMessage((channel, message) => {
      if (message !== this.writer) this.listeners.wake([topicOf(channel)])
    })
    connection.push?.onRestored(() => this.listeners.wakeAll())
    connection.push?.onRefused(() => this.doWithoutPush())
  }

  /** The server lets this process not subscribe: from now on the poll alone wakes, as quick as where there is no push. */
  private doWithoutPush() {
    if (!this.push) return
    this.push = undefined
    this.logger?.warn('redis does not allow SUBSCRIBE: wake-ups are polled for instead')
    this.listeners.wakeAll()
    this.hurry()
  }

  async subscribe(topic: string, listener: () => void): Promise<() => void> {
    if (this.closed) throw new StoreUnavailable('The store is closed.')
    const remove = this.listeners.add(topic, listener)
    const leave = () => {
      remove()
      if (this.listeners.has(topic) || !this.acknowledged.delete(topic)) return
      this.push?.unsubscribe(channelOf(topic))
    }
    try {
      let acknowledged = this.acknowledged.get(topic)
      if (!acknowledged) {
        acknowledged = this.push ? this.acknowledge(this.push, topic) : Promise.resolve()
        this.acknowledged.set(topic, acknowledged)
      }
      await acknowledged
      // Without push the subscription is in force once the poll knows where it begins.
      if (this.cursor === undefined) await this.poll()
      if (this.cursor === undefined && !this.push) throw new StoreUnavailable()
    } catch (error) {
      leave()
      throw error
    }
    this.hurry()
    return leave
  }

  private async acknowledge(push: RedisPush, topic: string) {
    try {
      await push.subscribe(channelOf(topic))
    } catch (error) {
      if (!(error instanceof PushRefused)) throw error
      this.doWithoutPush()
    }
  }

  /** Something happens: polls quickly for a while. */
  hurry() {
    if (!this.listeners.active || this.closed) return
    if (this.timer && (this.push ? this.interval === SAFETY_POLL_MS : this.interval === QUICK_POLL_MS)) return
    this.interval = this.push ? SAFETY_POLL_MS : QUICK_POLL_MS
    this.schedule()
  }

  close() {
    this.closed = true
    this.rest()
    this.listeners.clear()
  }

  private rest() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.cursor = undefined
  }

  private schedule() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.tick(), this.interval)
    this.timer.unref()
  }

  private async tick() {
    await Promise.all([this.poll(), this.push?.probe()])
    if (this.timer && this.listeners.active && !this.closed) this.schedule()
  }

  private poll() {
    this.polling ??= this.look().finally(() => {
      this.polling = undefined
    })
    return this.polling
  }

  private async look() {
    const after = this.cursor
    try {
      const args = after === undefined ? [this.writer] : [this.writer, after]
      const [newest, lost, ...topics] = (await this.connection.run(SIGNALS_SINCE, [SIGNAL_STREAM], args)) as string[]
      if (!this.listeners.active || this.closed) return
      this.cursor = newest
      const restored = this.failing
      this.failing = false
      if (lost === '1' || restored) this.listeners.wakeAll()
      else this.listeners.wake(topics.map((topic) => topic.slice(1)))
      const quiet = topics.length === 0 && lost !== '1'
      if (!this.push) this.interval = quiet ? Math.min(IDLE_POLL_MS, this.interval * SLOWER) : QUICK_POLL_MS
    } catch (error) {
      // The cursor stays, so nothing is missed; the store's callers learn of it by their own calls.
      if (!this.failing) this.logger?.warn({ reason: reasonOf(error) }, 'redis cannot be polled for signals')
      this.failing = true
      if (!this.push) this.interval = IDLE_POLL_MS
    }
  }
}
