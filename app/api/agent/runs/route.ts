import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { startedStream, wantsEvents } from '@/lib/http/run-stream'
import { listActiveRuns } from '@/lib/runs/list-active'
import { beginRun, startRun } from '@/lib/runs/start'

export const maxDuration = 300

export const POST = handle(operations.startRun, async (ctx, { body, request }) => {
  const idempotencyKey = request.headers.get('idempotency-key') ?? undefined
  const input = { ...body, idempotencyKey }
  if (!wantsEvents(request)) return startRun(ctx, input)
  return startedStream(ctx, request, await beginRun(ctx, input))
})

export const GET = handle(operations.listRuns, (ctx, { query }) => listActiveRuns(ctx, query))
