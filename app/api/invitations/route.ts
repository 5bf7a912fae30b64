import { invite, listInvitations } from '@/lib/access/invitations'
import { handle } from '@/lib/http/handle'
import { linkTo } from '@/lib/http/link'
import * as operations from '@/lib/http/operations/people'

export const GET = handle(operations.listInvitations, (ctx, { query }) => listInvitations(ctx, query))

export const POST = handle(operations.createInvitation, async (ctx, { query, body, request }) => {
  const { invitation, secret } = await invite(ctx, { org: query.org, ...body })
  return { invitation, url: linkTo(request, `/invite/${secret}`) }
})
