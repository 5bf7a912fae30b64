import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Logger } from 'pino'
import { McpFailure, toFailure } from '@/lib/mcp/failures'
import type { ServerRef } from '@/lib/mcp/health'
import type { Target } from '@/lib/mcp/target'
import { exchanges } from '@/lib/mcp/wire'

/** One initialised session with a server, shared by everybody whose target is the same. */
export interface Connection {
  readonly target: Target
  readonly client: Client
  readonly transport: Transport
  /** As it was negotiated. */
  readonly protocolVersion: string | null
  /** Requests under way; a connection in use is not closed for being idle. */
  inUse: number
  lastUsed: number
  closed: boolean
  /** Out of the pool: closed once nobody uses it. */
  retired: boolean
  /** Why it broke, when that is known better than from the error that a request got. */
  failure: McpFailure | null
}

export interface PoolOptions {
  maxResponseBytes: number
  idleMilliseconds: number
  logger: Logger
  /** The server's tools changed, or can no longer be known. */
  onStale: (targetKey: string) => void
}

interface Dialled {
  target: Target
  connection: Promise<Connection>
}

/** Live connections, at most one per target. */
export class ConnectionPool {
  readonly #options: PoolOptions
  readonly #live = new Map<string, Dialled>()
  readonly #sweeper: NodeJS.Timeout
  readonly #shutdown = new AbortController()

  constructor(options: PoolOptions) {
    this.#options = options
    const interval = Math.min(30_000, options.idleMilliseconds)
    this.#sweeper = setInterval(() => void this.closeIdle(), interval).unref()
  }

  /**
   * Connects if need be and works with the connection. A request that the server certainly did not execute (it
   * forgot the session, or was not reached) is worked on once more over a new connection. Throws `McpFailure`.
   */
  async use<T>(target: Target, signal: AbortSignal | null, work: (connection: Connection) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let connection = await this.#acquire(target, signal)
      while (connection.retired) connection = await this.#acquire(target, signal)
      connection.inUse++
      try {
        return await work(connection)
      } catch (error) {
        const failure = toFailure(error)
        const unexecuted = failure.kind === 'session_lost' || (failure.kind === 'unreachable' && failure.unsent)
        if (unexecuted || connection.closed) this.#retire(connection)
        if (!unexecuted || attempt === 2) throw failure
      } finally {
        connection.inUse--
        connection.lastUsed = Date.now()
        if (connection.retired && connection.inUse === 0) void this.#hangUp(connection)
      }
    }
  }

  /** Closes what nobody has used for a while. */
  async closeIdle(): Promise<void> {
    for (const dialled of [...this.#live.values()]) {
      const connection = await dialled.connection.catch(() => null)
      if (!connection || connection.inUse > 0) continue
      if (Date.now() - connection.lastUsed < this.#options.idleMilliseconds) continue
      this.#retire(connection)
      await this.#hangUp(connection)
    }
  }

  /** Lets go of the connections to these servers that were made with another configuration; calls under way end first. */
  release(isCurrent: (server: ServerRef) => boolean): void {
    for (const { target, connection } of [...this.#live.values()]) {
      if (!target.server || isCurrent(target.server)) continue
      connection.then(
        (outdated) => {
          this.#retire(outdated)
          if (outdated.inUse === 0) void this.#hangUp(outdated)
        },
        () => {},
      )
    }
  }

  size(): number {
    return this.#live.size
  }

  async close(): Promise<void> {
    this.#shutdown.abort()
    clearInterval(this.#sweeper)
    const dialled = [...this.#live.values()]
    this.#live.clear()
    const connections = await Promise.all(dialled.map(({ connection }) => connection.catch(() => null)))
    await Promise.all(connections.map((connection) => connection && this.#hangUp(connection)))
  }

  async #acquire(target: Target, signal: AbortSignal | null): Promise<Connection> {
    if (this.#shutdown.signal.aborted) throw shuttingDown()
    if (signal?.aborted) throw cancelledUnsent()
    let dialled = this.#live.get(target.key)
    if (!dialled) {
      // Outside of any exchange: the connection outlives the request that it is dialled for.
      const made = { target, connection: exchanges.run(undefined, () => this.#dial(target)) }
      this.#live.set(target.key, made)
      made.connection.catch(() => this.#live.get(target.key) === made && this.#live.delete(target.key))
      dialled = made
    }
    if (!signal) return dialled.connection
    const cancelled = Promise.withResolvers<never>()
    const cancel = () => cancelled.reject(cancelledUnsent())
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await Promise.race([dialled.connection, cancelled.promise])
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  async #dial(target: Target): Promise<Connection> {
    const client = new Client({ name: 'longwatch', version: '0.1.0' }, { capabilities: {} })
    const state: { connection: Connection | null } = { connection: null }
    const deadline = Promise.withResolvers<never>()
    deadline.promise.catch(() => {})
    const onFailure = (failure: McpFailure) => {
      if (state.connection) state.connection.failure = failure
      // Closing alone would leave a legacy transport waiting for its endpoint.
      deadline.reject(failure)
      void client.close().catch(() => {})
    }
    const seconds = target.timeouts.dial / 1000
    const timer = setTimeout(
      () => deadline.reject(new McpFailure('timeout', `could not be connected within ${seconds} s`, { unsent: true })),
      target.timeouts.dial,
    )
    const giveUp = () => deadline.reject(shuttingDown())
    this.#shutdown.signal.addEventListener('abort', giveUp, { once: true })
    try {
      const transport = await target.open({ maxResponseBytes: this.#options.maxResponseBytes, onFailure })
      client.onerror = (error) => {
        if (error.message.startsWith('ReadBuffer exceeded')) onFailure(tooLargeFor(this.#options.maxResponseBytes))
        // The legacy transport's one stream is the session: its own reconnection would begin another, uninitialised.
        else if (error instanceof SseError && state.connection) onFailure(new McpFailure('unreachable', LOST))
      }
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => this.#options.onStale(target.key))
      let protocolVersion: string | null = null
      const tell = transport.setProtocolVersion?.bind(transport)
      transport.setProtocolVersion = (version) => {
        protocolVersion = version
        tell?.(version)
      }
      const connecting = client.connect(transport, { timeout: target.timeouts.dial + 1000 })
      connecting.catch(() => {})
      // A failure on the wire may settle both in one go; it knows more than the SDK's error.
      await Promise.race([deadline.promise, connecting])
      const connection: Connection = {
        target,
        client,
        transport,
        protocolVersion,
        inUse: 0,
        lastUsed: Date.now(),
        closed: false,
        retired: false,
        failure: null,
      }
      state.connection = connection
      client.onclose = () => {
        connection.closed = true
        this.#retire(connection)
      }
      return connection
    } catch (error) {
      void client.close().catch(() => {})
      const failure = toFailure(error)
      // Whatever became of the handshake: nothing was asked for yet.
      const kind = failure.kind === 'refused' ? 'refused' : 'unreachable'
      throw new McpFailure(kind, failure.message, { unsent: true })
    } finally {
      clearTimeout(timer)
      this.#shutdown.signal.removeEventListener('abort', giveUp)
    }
  }

  /** Takes it out of the pool, so that the next request dials anew. */
  #retire(connection: Connection) {
    if (connection.retired) return
    connection.retired = true
    const { key } = connection.target
    const pooled = this.#live.get(key)
    void pooled?.connection.then(
      (current) => current === connection && this.#live.get(key) === pooled && this.#live.delete(key),
      () => {},
    )
    this.#options.onStale(key)
  }

  async #hangUp(connection: Connection): Promise<void> {
    if (connection.closed) return
    const { transport, client } = connection
    connection.closed = true
    try {
      if (transport instanceof StreamableHTTPClientTransport) await withinASecond(transport.terminateSession())
      await client.close()
    } catch (error) {
      this.#options.logger.debug({ reason: toFailure(error).message }, 'closing an MCP connection failed')
    }
  }
}

const shuttingDown = () => new McpFailure('unreachable', 'is not called any more: shutting down', { unsent: true })

const cancelledUnsent = () => new McpFailure('cancelled', 'was not called: cancelled', { unsent: true })

const LOST = 'closed the connection before it answered'

const tooLargeFor = (bytes: number) =>
  new McpFailure('too_large', `answered with more than ${Math.floor(bytes / 1024).toLocaleString('en')} KiB`)

async function withinASecond(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, 1000)
  })
  try {
    await Promise.race([work, late])
  } catch {
    // A session that the server no longer knows needs no ending.
  } finally {
    clearTimeout(timer)
  }
}
