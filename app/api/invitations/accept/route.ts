import { acceptInvitation } from '@/lib/access/invitations'
import { authenticate } from '@/lib/auth/authenticate'
import { guardGuesses } from '@/lib/auth/throttle'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

/** For people with an account and without: who calls is read here. */
export const POST = handle(operations.acceptInvitation, (ctx, { body, request }) =>
  guardGuesses(ctx, { kind: 'invitation' }, async () => {
    const principal = await authenticate(ctx.services, request)
    const { organisation, role } = await acceptInvitation(ctx, { ...body, principal })
    return { organisation, role }
  }),
)
