import type { Services } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'

/** Route handlers, pages and instrumentation are separate module graphs: only `globalThis` is shared by all of them. */
const shared = globalThis as typeof globalThis & { longwatchServices?: Promise<Services> }

/** Everything wired, once per process. A start that failed is tried again by the next caller. */
export function services(): Promise<Services> {
  if (!shared.longwatchServices) {
    const starting = compose()
    shared.longwatchServices = starting
    starting.catch(() => {
      if (shared.longwatchServices === starting) shared.longwatchServices = undefined
    })
  }
  return shared.longwatchServices
}

/** Puts services in the place of the process's own (tests, tools). */
export function provideServices(services: Services): void {
  shared.longwatchServices = Promise.resolve(services)
}

async function compose(): Promise<Services> {
  throw new LongwatchError('internal', 'The services are not wired yet.')
}
