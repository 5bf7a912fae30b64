import { changeOwnPassword } from '@/lib/access/profile'
import { principalKey } from '@/lib/access/types'
import { guardGuesses } from '@/lib/auth/throttle'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const POST = handle(operations.changePassword, (ctx, { body }) =>
  guardGuesses(ctx, { kind: 'password', subject: principalKey(ctx.principal) }, () => changeOwnPassword(ctx, body)),
)
