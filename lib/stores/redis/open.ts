import type { Logger } from 'pino'
import { StoreUnavailable } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'
import type { RedisConnection } from '@/lib/stores/redis/connection'
import { RestConnection } from '@/lib/stores/redis/rest'
import { RedisStore } from '@/lib/stores/redis/store'
import { TcpConnection, type TcpOptions } from '@/lib/stores/redis/tcp'

/**
 * The store on a Redis server (`redis://`, or `rediss://` for TLS). A server that is away is logged, not an error: the
 * store throws `StoreUnavailable` from every call until it is back. Throws for an address that is none.
 */
export async function openRedisStore(options: TcpOptions): Promise<Store> {
  checkAddress(options.url, ['redis:', 'rediss:'])
  return opened(new TcpConnection(options), options.logger)
}

/** The store on Redis over Upstash's REST protocol; as `openRedisStore` otherwise. */
export async function openUpstashStore(options: { url: string; token: string; logger?: Logger }): Promise<Store> {
  const { url, token, logger } = options
  checkAddress(url, ['http:', 'https:'])
  return opened(new RestConnection(url, token, logger), logger)
}

function checkAddress(url: string, protocols: string[]) {
  // The address itself is not repeated: it may hold a password.
  if (URL.canParse(url) && protocols.includes(new URL(url).protocol)) return
  throw new StoreUnavailable(`The address of Redis has to begin with ${protocols.join('// or ')}//.`)
}

async function opened(connection: RedisConnection, logger: Logger | undefined) {
  await connection.ping().catch(() => logger?.error('redis cannot be reached; nothing is stored until it can'))
  return new RedisStore(connection, logger)
}
