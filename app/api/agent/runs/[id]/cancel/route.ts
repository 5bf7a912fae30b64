import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { cancelRun } from '@/lib/runs/cancel'

export const maxDuration = 300

export const POST = handle(operations.cancelRun, (ctx, { params }) => cancelRun(ctx, { runId: params.id }))
