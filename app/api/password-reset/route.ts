import { resetPassword } from '@/lib/access/password-reset'
import { guardGuesses } from '@/lib/auth/throttle'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const POST = handle(operations.resetPassword, (ctx, { body }) =>
  guardGuesses(ctx, { kind: 'password-reset' }, () => resetPassword(ctx, body)),
)
