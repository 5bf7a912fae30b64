import { Redis } from '@upstash/redis'
import type { Logger } from 'pino'
import { StoreUnavailable } from '@/lib/errors'
import { COMMAND_TIMEOUT_MS, isMissingScript, type RedisConnection, unavailable } from '@/lib/stores/redis/connection'
import type { Script } from '@/lib/stores/redis/script'

/** Redis over Upstash's REST protocol. There is no lasting subscription over it, so it has no `push`. */
export class RestConnection implements RedisConnection {
  private readonly client: Redis
  private readonly logger: Logger | undefined
  private closed = false

  constructor(url: string, token: string, logger?: Logger) {
    this.logger = logger
    this.client = new Redis({
      url,
      token,
      // `retry: false` would still send twice.
      retry: { retries: 0 },
      automaticDeserialization: false,
      enableAutoPipelining: false,
      enableTelemetry: false,
      signal: () => AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    })
  }

  async run(script: Script, keys: string[], args: string[]) {
    return this.guarded(async () => {
      try {
        return await this.client.evalsha<string[], unknown>(script.sha, keys, args)
      } catch (error) {
        if (!isMissingScript(error)) throw error
        return await this.client.eval<string[], unknown>(script.source, keys, args)
      }
    })
  }

  async ping() {
    await this.guarded(() => this.client.ping())
  }

  async epoch() {
    return ''
  }

  async close() {
    this.closed = true
  }

  private async guarded<T>(call: () => Promise<T>): Promise<T> {
    if (this.closed) throw new StoreUnavailable('The store is closed.')
    try {
      return await call()
    } catch (error) {
      throw unavailable(error, this.logger)
    }
  }
}
