import { foundOrganisation } from '@/lib/access/found-organisation'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const POST = handle(operations.createOrganisation, async (ctx, { body }) => {
  const { id, slug, name } = await foundOrganisation(ctx, body)
  return { organisation: { id, slug, name } }
})
