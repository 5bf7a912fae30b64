import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/diagnostics'
import { checkModel } from '@/lib/telemetry/diagnose'

export const maxDuration = 60

export const POST = handle(operations.checkModel, (ctx, { query, request }) => checkModel(ctx, query, request.signal))
