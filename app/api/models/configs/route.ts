import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/models'
import { createModelConfig } from '@/lib/models/configs/change'
import { listModelConfigs } from '@/lib/models/configs/list'

export const GET = handle(operations.listModelConfigs, (ctx, { query }) => listModelConfigs(ctx, { org: query.org }))

export const POST = handle(operations.createModelConfig, (ctx, { query, body }) =>
  createModelConfig(ctx, { org: query.org, ...body }),
)
