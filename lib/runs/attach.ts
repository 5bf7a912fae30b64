import { type Membership, principalKey } from '@/lib/access/types'
import { type Claim, claimAttachments } from '@/lib/attachments/claim'
import type { Ctx } from '@/lib/context'
import { badRequest } from '@/lib/errors'
import { chooseOrDefault, type ResolvedModel } from '@/lib/models/types'

interface Question {
  membership: Membership
  sessionId: string
  runId: string
  requestedModel: string | null
  ids: string[]
}

/**
 * Takes the files that go with a question, when the model that is to answer can read them. Throws `bad_request` (field
 * `attachments`); nothing is stored before the commit that the answer's operations are part of.
 */
export async function attach(ctx: Ctx, question: Question): Promise<Claim> {
  const { membership, sessionId, runId, ids } = question
  if (ids.length === 0) return { files: [], operations: [] }
  const organisationId = membership.organisation.id
  const asker = principalKey(ctx.principal)
  const claim = await claimAttachments(ctx.services.store, { organisationId, sessionId, runId, asker }, ids)
  if (claim.files.some(({ kind }) => kind === 'image')) {
    const model = await answering(ctx, question)
    if (!model.takesImages)
      throw badRequest('attachments', `${model.label} takes no images. Remove them, or choose another model.`)
  }
  return claim
}

/** The model that will be asked: one that was removed since it was chosen gives way to the default. */
async function answering(ctx: Ctx, { membership, requestedModel }: Question): Promise<ResolvedModel> {
  return chooseOrDefault(await ctx.services.models.read(membership.organisation.id), requestedModel)
}
