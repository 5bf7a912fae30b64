import { endToken } from '@/lib/access/token-administration'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const DELETE = handle(operations.revokeToken, (ctx, { params }) => endToken(ctx, { tokenId: params.id }))
