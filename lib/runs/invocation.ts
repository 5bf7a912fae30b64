import { AsyncLocalStorage } from 'node:async_hooks'

/** One request, as a serverless platform counts its time. */
export interface Invocation {
  /** By `performance.now()`. */
  startedAt: number
}

/** Route handlers and instrumentation are separate module graphs: only `globalThis` is shared by both. */
const shared = globalThis as typeof globalThis & { longwatchInvocation?: AsyncLocalStorage<Invocation> }

function storage(): AsyncLocalStorage<Invocation> {
  shared.longwatchInvocation ??= new AsyncLocalStorage()
  return shared.longwatchInvocation
}

/** Does the work as part of an invocation that begins now. Whatever it starts in the background belongs to it too. */
export const inInvocation = <T>(work: () => T): T => storage().run({ startedAt: performance.now() }, work)

/** The invocation that this code belongs to; null outside of requests. */
export const currentInvocation = (): Invocation | null => storage().getStore() ?? null

/** For what belongs to the process and not to the request that happened to begin it. */
export const outsideInvocations = <T>(work: () => T): T => storage().exit(work)
