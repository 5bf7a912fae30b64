import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { runStream, wantsEvents } from '@/lib/http/run-stream'
import { listActiveRuns } from '@/lib/runs/list-active'
import { startRun } from '@/lib/runs/start'

export const maxDuration = 300

export const POST = handle(operations.startRun, async (ctx, { body, request }) => {
  const idempotencyKey = request.headers.get('idempotency-key') ?? undefined
  const started = await startRun(ctx, { ...body, idempotencyKey })
  if (!wantsEvents(request)) return started
  const headers = { 'x-run-id': started.runId, 'x-session-id': started.sessionId }
  return runStream(ctx, request, { runId: started.runId, after: 0, headers })
})

export const GET = handle(operations.listRuns, (ctx, { query }) => listActiveRuns(ctx, query))
