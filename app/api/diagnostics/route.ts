import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/diagnostics'
import { diagnose } from '@/lib/telemetry/diagnose'

export const GET = handle(operations.diagnose, (ctx, { query }) => diagnose(ctx, query))
