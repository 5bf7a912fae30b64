import { setUp } from '@/lib/access/setup'
import { publicUser } from '@/lib/access/users'
import { handle } from '@/lib/http/handle'
import { setup } from '@/lib/http/operations/access'

export const POST = handle(setup, async ({ services }, { body }) => {
  const { user, organisation } = await setUp(services.store, body)
  const { id, slug, name } = organisation
  return { user: publicUser(user), organisation: { id, slug, name } }
})
