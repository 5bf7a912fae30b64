import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { runStream } from '@/lib/http/run-stream'
import { readCursor } from '@/lib/http/sse'

export const maxDuration = 300

export const GET = handle(operations.watchRun, (ctx, { params, query, request }) =>
  runStream(ctx, request, { runId: params.id, after: readCursor(request, query.after) }),
)
