import { revokeInvitation } from '@/lib/access/invitations'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const DELETE = handle(operations.revokeInvitation, (ctx, { params }) =>
  revokeInvitation(ctx, { invitationId: params.id }),
)
