import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/models'
import { changeModelConfig, removeModelConfig } from '@/lib/models/configs/change'
import { getModelConfig } from '@/lib/models/configs/list'

export const GET = handle(operations.getModelConfig, (ctx, { params }) => getModelConfig(ctx, { modelId: params.id }))

export const PATCH = handle(operations.changeModelConfig, (ctx, { params, body }) =>
  changeModelConfig(ctx, { modelId: params.id, ...body }),
)

export const DELETE = handle(operations.removeModelConfig, (ctx, { params }) =>
  removeModelConfig(ctx, { modelId: params.id }),
)
