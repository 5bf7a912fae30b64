import { auditOperation } from '@/lib/access/audit'
import { firstAdminOperations, giveHint } from '@/lib/access/membership-change'
import { requirePerson } from '@/lib/access/memberships'
import { createOrganisation } from '@/lib/access/organisations'
import { slugOf } from '@/lib/access/setup'
import type { Organisation } from '@/lib/access/types'
import { isServerAdmin } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { forbidden } from '@/lib/errors'

/**
 * `POST /api/organisations`: a new organisation whose first admin the caller is. Without a slug one is made of the name.
 * Throws `forbidden` for all but server administrators, `conflict` when the slug is taken, `bad_request` (`slug`).
 */
export async function foundOrganisation(ctx: Ctx, input: { name: string; slug?: string }): Promise<Organisation> {
  const { store } = ctx.services
  const userId = requirePerson(ctx.principal)
  if (!(await isServerAdmin(store, ctx.principal))) throw forbidden('Only server administrators create organisations.')
  const slug = input.slug ?? slugOf(input.name)
  // Organisation, admin and record are one commit: one that was killed before it is completed by the next attempt.
  return createOrganisation(store, { slug, name: input.name }, async (organisation) => {
    await giveHint(store, organisation.id, userId)
    return [
      ...firstAdminOperations(userId),
      await auditOperation(ctx, {
        organisationId: organisation.id,
        action: 'organisation.create',
        target: { kind: 'organisation', id: organisation.id, name: organisation.name },
        after: { slug: organisation.slug, name: organisation.name },
      }),
    ]
  })
}
