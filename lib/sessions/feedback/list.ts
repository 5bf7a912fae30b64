import { chooseWithRole } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { sessions } from '@/lib/sessions/collection'
import { type Feedback, feedback } from '@/lib/sessions/feedback/collection'

/** As admins see it. A conversation that is somebody's own is neither named nor to be opened. */
export interface FeedbackView extends Omit<Feedback, 'organisationId'> {
  /** Null: the conversation is private to somebody else, or gone. */
  title: string | null
}

/** What people said about answers, the newest first. Throws `forbidden` for all but admins. */
export async function listFeedback(
  ctx: Ctx,
  input: { org?: string; cursor?: string; limit: number },
): Promise<{ feedback: FeedbackView[]; nextCursor: string | null }> {
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const { store } = ctx.services
  const page = await feedback.list(store, organisation.id, {
    index: 'all',
    group: 'all',
    order: 'descending',
    limit: input.limit,
    cursor: input.cursor,
  })
  const ids = [...new Set(page.items.map(({ body }) => body.sessionId))]
  const found = await sessions.getMany(store, organisation.id, ids)
  const viewer = principalKey(ctx.principal)
  const titles = new Map<string, string>()
  for (const session of found) {
    const mayRead =
      session && !session.body.trash && (session.body.visibility === 'organisation' || session.body.owner === viewer)
    if (mayRead) titles.set(session.id, session.body.title)
  }
  return {
    feedback: page.items.map(({ body: { organisationId: _organisation, ...item } }) => ({
      ...item,
      title: titles.get(item.sessionId) ?? null,
    })),
    nextCursor: page.nextCursor,
  }
}
