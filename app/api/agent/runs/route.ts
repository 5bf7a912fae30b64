import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { listActiveRuns } from '@/lib/runs/list-active'
import { startRun } from '@/lib/runs/start'

export const maxDuration = 300

export const POST = handle(operations.startRun, (ctx, { body, request }) =>
  startRun(ctx, { ...body, idempotencyKey: request.headers.get('idempotency-key') ?? undefined }),
)

export const GET = handle(operations.listRuns, (ctx, { query }) => listActiveRuns(ctx, query))
