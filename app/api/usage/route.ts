import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/usage'
import { reportUsage } from '@/lib/usage/report'

export const GET = handle(operations.reportUsage, (ctx, { query }) => reportUsage(ctx, query))
