import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/models'
import { testModel } from '@/lib/models/configs/test-model'

export const POST = handle(operations.testModel, (ctx, { query, body }) => testModel(ctx, { org: query.org, ...body }))
