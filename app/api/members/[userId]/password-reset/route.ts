import { offerPasswordReset } from '@/lib/access/password-reset'
import { handle } from '@/lib/http/handle'
import { linkTo } from '@/lib/http/link'
import * as operations from '@/lib/http/operations/people'

export const POST = handle(operations.offerPasswordReset, async (ctx, { params, query, request }) => {
  const { secret, expiresAt } = await offerPasswordReset(ctx, { org: query.org, userId: params.userId })
  return { url: linkTo(request, `/reset/${secret}`), expiresAt }
})
