import type { Logger } from 'pino'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'
import type { Script } from '@/lib/stores/redis/script'

/** One way to a Redis server. Nothing is sent twice by itself; whatever fails is `StoreUnavailable`. */
export interface RedisConnection {
  run(script: Script, keys: string[], args: string[]): Promise<unknown>
  ping(): Promise<void>
  /** Changes when another server, or the same one restarted, answers: what it knows may be older. Empty when not known. */
  epoch(): Promise<string>
  /** Absent where nothing lasting can be subscribed to; then only the poll wakes. */
  push?: RedisPush
  close(): Promise<void>
}

/** Wake-ups that the server pushes, by channel. */
export interface RedisPush {
  /** Resolves when the server has acknowledged the subscription. Throws `PushRefused` when it never will. */
  subscribe(channel: string): Promise<void>
  unsubscribe(channel: string): void
  onMessage(listener: (channel: string, message: string) => void): void
  /** The subscription had broken off and is in force again: anything may have been missed. */
  onRestored(listener: () => void): void
  /** The server does not let this process subscribe (any longer). */
  onRefused(listener: () => void): void
  /** Breaks a connection that no longer answers. */
  probe(): Promise<void>
}

/** The server lets nobody, or not this user, subscribe. */
export class PushRefused extends Error {}

/** Whether the server's answer to a SUBSCRIBE is a refusal for good: a rule for this user, or a proxy without it. */
export const isRefusal = (error: unknown) =>
  error instanceof Error && /^(NOPERM|ERR unknown command|ERR unsupported command)/i.test(error.message)

/** How long a command may take. */
export const COMMAND_TIMEOUT_MS = 5_000

/** Turns whatever a client threw into a coded error; the server's own words stay in `cause`. */
export function unavailable(error: unknown, logger: Logger | undefined): LongwatchError {
  if (error instanceof LongwatchError) return error
  logger?.warn({ reason: reasonOf(error) }, 'redis refused or did not answer')
  return new StoreUnavailable('The store cannot be reached.', error)
}

/** A word that is safe to log: an error code such as ECONNREFUSED, NOAUTH or OOM. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? error.name
}

export const isMissingScript = (error: unknown) => error instanceof Error && error.message.includes('NOSCRIPT')
