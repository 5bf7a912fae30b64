import { changeGeneralSettings, getGeneralSettings } from '@/lib/access/general-settings'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/settings'

export const GET = handle(operations.getGeneralSettings, (ctx, { query }) => getGeneralSettings(ctx, query))

export const PATCH = handle(operations.changeGeneralSettings, (ctx, { query, body }) =>
  changeGeneralSettings(ctx, { org: query.org, ...body }),
)
