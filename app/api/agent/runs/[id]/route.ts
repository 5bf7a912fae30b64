import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { getRun } from '@/lib/runs/get'

export const maxDuration = 300

export const GET = handle(operations.getRun, (ctx, { params }) => getRun(ctx, { runId: params.id }))
