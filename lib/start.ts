import { setTimeout as delay } from 'node:timers/promises'
import { loadTokenizer } from '@/lib/agent/tokens'
import { type Composed, services } from '@/lib/composition'
import { EnvironmentError, env } from '@/lib/env'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'
import { collectProcessMetrics } from '@/lib/telemetry/metrics'

/** A hand-over takes at most this long; then the process ends whatever is left. */
const SHUT_DOWN_LIMIT = 18_000

/** How soon a start is tried again when Redis could not be reached. */
const TRY_AGAIN = 1_000

/**
 * Starts the process's services, or ends the process with a sentence about what is wrong. While Redis cannot be reached the
 * process stays, answers 503 to all but `/api/health`, and tries again: it comes back by itself, and so must we.
 */
export async function start(): Promise<void> {
  try {
    const { store, metricsToken } = env()
    // From the first moment, but only where somebody may read them.
    if (metricsToken) collectProcessMetrics()
    await begin().catch((error: unknown) => {
      if (store.kind === 'sqlite' || !(error instanceof StoreUnavailable)) throw error
      process.stderr.write(`\nLongwatch waits for Redis. ${error.message}\n`)
      void beginAgain().catch(fail)
    })
  } catch (error) {
    fail(error)
  }
}

async function begin(): Promise<void> {
  // It blocks for a moment, which must not be when others' answers stream. A function of a platform may never need it.
  if (!env().vercel) await loadTokenizer()
  const composed = (await services()) as Composed
  process.once('SIGTERM', () => void shutDown(composed, 'SIGTERM'))
  process.once('SIGINT', () => void shutDown(composed, 'SIGINT'))
}

async function beginAgain(): Promise<void> {
  for (;;) {
    await delay(TRY_AGAIN)
    try {
      await begin()
      process.stderr.write('Longwatch has reached Redis.\n')
      return
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }
}

function fail(error: unknown): void {
  const expected = error instanceof EnvironmentError || error instanceof LongwatchError || isProvisioningError(error)
  process.stderr.write(
    `\nLongwatch cannot start. ${expected ? (error as Error).message : String((error as Error).stack)}\n`,
  )
  process.exit(1)
}

const isProvisioningError = (error: unknown) => error instanceof Error && error.name === 'ProvisioningError'

async function shutDown(composed: Composed, signal: string): Promise<void> {
  composed.logger.info({ signal, runs: composed.supervisor.active() }, 'handing over')
  const limit = setTimeout(() => process.exit(1), SHUT_DOWN_LIMIT)
  limit.unref()
  await composed.shutDown().catch((error) => composed.logger.error({ err: error }, 'the hand-over failed'))
  process.exit(0)
}
