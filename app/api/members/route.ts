import { listMembers } from '@/lib/access/member-administration'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const GET = handle(operations.listMembers, (ctx, { query }) => listMembers(ctx, query))
