import type { Listeners } from '@/lib/stores/listeners'
import type { Connection } from '@/lib/stores/sqlite/connection'
import { newestSequence, topicsSince } from '@/lib/stores/sqlite/operations'

const POLL_MS = 50

/** Notices what other processes committed to the file: one cheap look per interval while anybody is subscribed. */
export class ForeignCommits {
  private readonly connection: Connection
  private readonly listeners: Listeners
  private readonly writer: number
  private timer: NodeJS.Timeout | undefined
  private dataVersion = 0
  private sequence = 0

  constructor(connection: Connection, listeners: Listeners, writer: number) {
    this.connection = connection
    this.listeners = listeners
    this.writer = writer
  }

  /** Once this returns, whatever another process commits later is noticed. */
  start() {
    if (this.timer) return
    // In this order: a commit in between is then seen twice rather than never.
    this.dataVersion = this.readDataVersion()
    this.sequence = newestSequence(this.connection)
    this.timer = setInterval(() => this.look(), POLL_MS)
    this.timer.unref()
  }

  stop() {
    clearInterval(this.timer)
    this.timer = undefined
  }

  private look() {
    try {
      const version = this.readDataVersion()
      if (version === this.dataVersion) return
      const { topics, sequence } = topicsSince(this.connection, this.sequence, this.writer)
      this.dataVersion = version
      this.sequence = sequence
      this.listeners.wake(topics)
    } catch (error) {
      // The next look reads from the same place, so nothing is missed.
      this.connection.logger?.warn({ error }, 'the store could not be polled for signals')
    }
  }

  private readDataVersion() {
    return Number(this.connection.statement('PRAGMA data_version').get()?.data_version)
  }
}
