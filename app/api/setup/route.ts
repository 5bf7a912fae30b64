import { setUp } from '@/lib/access/setup'
import { applyEnvironment } from '@/lib/access/start'
import { publicUser } from '@/lib/access/users'
import { guardGuesses } from '@/lib/auth/throttle'
import { env } from '@/lib/env'
import { handle } from '@/lib/http/handle'
import { setup } from '@/lib/http/operations/access'

export const POST = handle(setup, async (ctx, { body }) => {
  const { services } = ctx
  const { user, organisation } = await guardGuesses(ctx, { kind: 'setup' }, () => setUp(services.store, body))
  await applyEnvironment(services.store, env())
  const { id, slug, name } = organisation
  return { user: publicUser(user), organisation: { id, slug, name } }
})
