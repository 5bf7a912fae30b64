import { changeMemberRole, expelMember } from '@/lib/access/member-administration'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const PATCH = handle(operations.changeMember, (ctx, { params, query, body }) =>
  changeMemberRole(ctx, { org: query.org, userId: params.userId, role: body.role }),
)

export const DELETE = handle(operations.removeMember, (ctx, { params, query }) =>
  expelMember(ctx, { org: query.org, userId: params.userId }),
)
