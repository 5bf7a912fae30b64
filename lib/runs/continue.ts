import { LongwatchError, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { continuationKey, verifyContinuation } from '@/lib/runs/dispatch'
import type { RunSupervisor } from '@/lib/runs/types'

/**
 * Goes on with a run in this process because the deployment itself asks for it (`SelfCall`). Errors: `not_found` for
 * strangers, `unavailable` while shutting down.
 */
export function continueRun(
  supervisor: RunSupervisor,
  input: { runId: string; signature: string | null; sessionSecret: string },
): void {
  const organisationId = organisationOf('run', input.runId)
  const isOurs = verifyContinuation(continuationKey(input.sessionSecret), input.runId, input.signature)
  if (!organisationId || !isOurs) throw notFound('page')
  if (!supervisor.accepts()) {
    throw new LongwatchError('unavailable', 'This server is shutting down.', {
      dependency: 'server',
      retryAfterSeconds: 1,
    })
  }
  supervisor.execute(organisationId, input.runId)
}
