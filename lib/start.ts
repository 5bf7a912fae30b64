import { type Composed, services } from '@/lib/composition'
import { EnvironmentError, env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'

/** A hand-over takes at most this long; then the process ends whatever is left. */
const SHUT_DOWN_LIMIT = 18_000

/** Starts the process's services, or ends the process with a sentence about what is wrong. */
export async function start(): Promise<void> {
  try {
    env()
    const composed = (await services()) as Composed
    process.once('SIGTERM', () => void shutDown(composed, 'SIGTERM'))
    process.once('SIGINT', () => void shutDown(composed, 'SIGINT'))
  } catch (error) {
    const expected = error instanceof EnvironmentError || error instanceof LongwatchError || isProvisioningError(error)
    process.stderr.write(
      `\nLongwatch cannot start. ${expected ? (error as Error).message : String((error as Error).stack)}\n`,
    )
    process.exit(1)
  }
}

const isProvisioningError = (error: unknown) => error instanceof Error && error.name === 'ProvisioningError'

async function shutDown(composed: Composed, signal: string): Promise<void> {
  composed.logger.info({ signal, runs: composed.supervisor.active() }, 'handing over')
  const limit = setTimeout(() => process.exit(1), SHUT_DOWN_LIMIT)
  limit.unref()
  await composed.shutDown().catch((error) => composed.logger.error({ err: error }, 'the hand-over failed'))
  process.exit(0)
}
