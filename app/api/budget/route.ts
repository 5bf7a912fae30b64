import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/usage'
import { getBudgetState } from '@/lib/usage/budget'

export const GET = handle(operations.getBudgetState, (ctx, { query }) => getBudgetState(ctx, query))
