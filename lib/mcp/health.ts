import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { mcpServers } from '@/lib/mcp/config'
import { Collection } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** What was last seen of an MCP server, by whichever process saw it. */
export interface McpHealth {
  /** The version of the server's document that it was seen with; of another one it says nothing. */
  configuration: number
  state: 'ok' | 'failing'
  observedAt: number
  lastSuccessAt: number | null
  /** In words of our own. It stays after a success, to be seen with its time. */
  lastError: { message: string; at: number } | null
  /** Of the last listing of tools, connecting included if need be. */
  latencyMilliseconds: number | null
  /** How many tools it listed last. */
  tools: number | null
  /** Tool → when it was last called. */
  used: Record<string, number>
}

/** Of an organisation; the id is the server's. */
export const mcpHealth = new Collection<McpHealth>({ name: 'mcp-health', v: 1 })

/** Which server, as it was configured when it was seen. */
export interface ServerRef {
  organisationId: string
  serverId: string
  configuration: number
}

export interface HealthRecorderOptions {
  store: Store
  logger: Logger
  /** Milliseconds between two writes of one server while its state stays what it is; a minute. */
  intervalMilliseconds?: number
  /** Milliseconds between two writes of one server whose state changes to and fro; 2 s. */
  settleMilliseconds?: number
  /** Milliseconds that the end of the process waits for the last writes; 1 s. */
  closeMilliseconds?: number
}

interface Kept {
  ref: ServerRef
  health: McpHealth
  /** The state that the store knows of. */
  written: McpHealth['state'] | null
  writtenAt: number
  timer: NodeJS.Timeout | null
  dueAt: number
}

const MOST_TOOLS = 2000

/**
 * Keeps the health of servers in this process and writes it to the store now and then: soon when a state changes,
 * seldom otherwise, never per call. A write that fails is only logged; the next one makes up for it.
 */
export class HealthRecorder {
  readonly #kept = new Map<string, Kept>()
  readonly #store: Store
  readonly #logger: Logger
  readonly #interval: number
  readonly #settle: number
  readonly #closing: number
  readonly #writing = new Set<Promise<void>>()
  #closed = false

  constructor(options: HealthRecorderOptions) {
    this.#store = options.store
    this.#logger = options.logger
    this.#interval = options.intervalMilliseconds ?? 60_000
    this.#settle = options.settleMilliseconds ?? 2000
    this.#closing = options.closeMilliseconds ?? 1000
  }

  succeeded(ref: ServerRef, seen: { latencyMilliseconds?: number; tools?: number; used?: string } = {}): void {
    const now = Date.now()
    this.#record(ref, (health) => ({
      ...health,
      state: 'ok',
      observedAt: now,
      lastSuccessAt: now,
      latencyMilliseconds: seen.latencyMilliseconds ?? health.latencyMilliseconds,
      tools: seen.tools ?? health.tools,
      used: seen.used === undefined ? health.used : withUse(health.used, seen.used, now),
    }))
  }

  failed(ref: ServerRef, message: string): void {
    const now = Date.now()
    this.#record(ref, (health) => ({ ...health, state: 'failing', observedAt: now, lastError: { message, at: now } }))
  }

  /** The newest that is known of each server, here or in the store. Throws what the store throws. */
  async read(organisationId: string, serverIds: string[]): Promise<(McpHealth | null)[]> {
    const stored = await mcpHealth.getMany(this.#store, organisationId, serverIds)
    return serverIds.map((serverId, index) => {
      const own = this.#kept.get(keyOf(organisationId, serverId))?.health ?? null
      return newer(own, stored[index]?.body ?? null)
    })
  }

  /** Writes what is not written yet, as far as the store lets it in time, and nothing any more afterwards. */
  async close(): Promise<void> {
    this.#closed = true
    const open = [...this.#kept.values()].filter(({ timer }) => timer !== null)
    for (const { timer } of open) clearTimeout(timer as NodeJS.Timeout)
    const written = Promise.all([...open.map((kept) => this.#write(kept)), ...this.#writing])
    const enough = new AbortController()
    const late = wait(this.#closing, undefined, { signal: enough.signal }).catch(() => {})
    await Promise.race([written, late])
    enough.abort()
  }

  #record(ref: ServerRef, change: (health: McpHealth) => McpHealth) {
    if (this.#closed) return
    const key = keyOf(ref.organisationId, ref.serverId)
    let kept = this.#kept.get(key)
    if (!kept || kept.ref.configuration !== ref.configuration) {
      // An answer to what the server was before it was changed says nothing of what it is.
      if (kept && kept.ref.configuration > ref.configuration) return
      if (kept?.timer) clearTimeout(kept.timer)
      kept = { ref, health: nothing(ref.configuration), written: null, writtenAt: 0, timer: null, dueAt: 0 }
      this.#kept.set(key, kept)
    }
    kept.health = change(kept.health)
    this.#schedule(kept)
  }

  #schedule(kept: Kept) {
    const pause = kept.health.state === kept.written ? this.#interval : this.#settle
    const dueAt = Math.max(Date.now(), kept.writtenAt + pause)
    if (kept.timer && kept.dueAt <= dueAt) return
    if (kept.timer) clearTimeout(kept.timer)
    kept.dueAt = dueAt
    kept.timer = setTimeout(() => {
      const writing = this.#write(kept)
      this.#writing.add(writing)
      void writing.finally(() => this.#writing.delete(writing))
    }, dueAt - Date.now()).unref()
  }

  async #write(kept: Kept): Promise<void> {
    kept.timer = null
    kept.writtenAt = Date.now()
    kept.written = kept.health.state
    const { organisationId, serverId, configuration } = kept.ref
    const unchanged = configuration === BUILT_IN ? [] : [mcpServers.check(serverId, configuration)]
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        const stored = await mcpHealth.get(this.#store, organisationId, serverId)
        const body = merge(kept.health, stored?.body ?? null)
        const result = await this.#store.commit({
          partition: organisationId,
          operationId: randomUUID(),
          operations: [
            ...unchanged,
            mcpHealth.put(serverId, body, stored ? { ifVersion: stored.version } : { ifAbsent: true }),
          ],
        })
        if (result.status === 'applied') return
        // Changed or removed meanwhile: what was seen is of no server that there is.
        if (result.operation < unchanged.length) return void this.#kept.delete(keyOf(organisationId, serverId))
      }
    } catch (error) {
      kept.written = null
      this.#logger.warn({ err: error, server: serverId }, 'the health of an MCP server could not be stored')
    }
  }
}

const keyOf = (organisationId: string, serverId: string) => `${organisationId}/${serverId}`

/** The configuration of what has no document: it comes with the code. */
export const BUILT_IN = 0

const nothing = (configuration: number): McpHealth => ({
  configuration,
  state: 'ok',
  observedAt: 0,
  lastSuccessAt: null,
  lastError: null,
  latencyMilliseconds: null,
  tools: null,
  used: {},
})

function newer(one: McpHealth | null, other: McpHealth | null): McpHealth | null {
  if (!one || !other) return one ?? other
  return merge(one.observedAt >= other.observedAt ? one : other, one.observedAt >= other.observedAt ? other : one)
}

/** The newer one, with what only the older one knows: uses, and the last success and error. */
function merge(newest: McpHealth, older: McpHealth | null): McpHealth {
  if (!older) return newest
  const used = { ...older.used }
  for (const [tool, at] of Object.entries(newest.used)) used[tool] = Math.max(at, used[tool] ?? 0)
  if (older.configuration !== newest.configuration) return { ...newest, used }
  return {
    ...newest,
    lastSuccessAt: latest(newest.lastSuccessAt, older.lastSuccessAt),
    lastError: (newest.lastError?.at ?? 0) >= (older.lastError?.at ?? 0) ? newest.lastError : older.lastError,
    latencyMilliseconds: newest.latencyMilliseconds ?? older.latencyMilliseconds,
    tools: newest.tools ?? older.tools,
    used,
  }
}

const latest = (one: number | null, other: number | null) => (one === null ? other : Math.max(one, other ?? 0))

function withUse(used: Record<string, number>, tool: string, at: number): Record<string, number> {
  if (Object.keys(used).length >= MOST_TOOLS && !Object.hasOwn(used, tool)) return used
  return { ...used, [tool]: at }
}
