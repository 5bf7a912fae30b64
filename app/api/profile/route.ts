import { changeProfile, getProfile } from '@/lib/access/profile'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const GET = handle(operations.getProfile, (ctx) => getProfile(ctx))

export const PATCH = handle(operations.changeProfile, (ctx, { body }) => changeProfile(ctx, body))
