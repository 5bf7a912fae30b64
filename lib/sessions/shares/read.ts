import { requireMembership } from '@/lib/access/memberships'
import type { Membership } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { LongwatchMessage, ToolMetadata, ToolOutput } from '@/lib/agent/events'
import { READ_EVIDENCE } from '@/lib/agent/evidence-tool'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { mayUse } from '@/lib/mcp/policy'
import type { ToolDescriptor } from '@/lib/mcp/types'
import { messages as allMessages, sessions, unpackMessage, userMessageIdOf } from '@/lib/sessions/collection'
import { type Share, shares } from '@/lib/sessions/shares/collection'
import { readBackwards } from '@/lib/sessions/threads/read'
import { includes, type Path } from '@/lib/sessions/threads/tree'

const PAGE = 50

export interface SharedSession {
  id: string
  title: string
  evidence: boolean
  createdAt: number
  expiresAt: number | null
  messages: LongwatchMessage[]
  /** Give it as `before` for older messages; null at the beginning. */
  messagesCursor: string | null
}

/** A share for a member of its organisation. Throws `not_found`: also for strangers, and once it ended or its session is gone. */
export async function findShare(ctx: Ctx, shareId: string): Promise<{ share: Share; membership: Membership }> {
  const organisationId = organisationOf('shr', shareId)
  if (!organisationId) throw notFound('share')
  const membership = await requireMembership(ctx, organisationId, 'viewer', 'share')
  const { store } = ctx.services
  const found = await shares.get(store, organisationId, shareId)
  if (!found) throw notFound('share')
  const session = await sessions.get(store, organisationId, found.body.sessionId)
  if (!session || session.body.trash) throw notFound('share')
  return { share: found.body, membership }
}

/** What was there: neither later messages nor those of other threads. */
export const sharedPath = (share: Share): Path => share.path ?? [[1, share.position]]

/** What was shared, the newest 50 messages first asked for; results only as far as shared and the reader's role allows. */
export async function getShare(ctx: Ctx, input: { shareId: string; before?: string }): Promise<SharedSession> {
  const { share, membership } = await findShare(ctx, input.shareId)
  const { store } = ctx.services
  const session = await sessions.get(store, share.organisationId, share.sessionId)
  if (!session) throw notFound('share')
  const { items, nextCursor } = await readBackwards(store, session.body, sharedPath(share), {
    before: input.before,
    limit: PAGE,
  })
  const messages = await Promise.all(items.map(({ body }) => unpackMessage(store, share.organisationId, body)))
  const withhold = await withholder(ctx, share, membership)
  return {
    id: share.id,
    title: share.title,
    evidence: share.evidence,
    createdAt: share.createdAt,
    expiresAt: share.expiresAt,
    messages: messages.map((message) => ({ ...message, parts: message.parts.map(withhold) })),
    messagesCursor: nextCursor,
  }
}

type Part = LongwatchMessage['parts'][number]

const NOT_SHARED = 'Results are not part of what was shared.'
const NOT_YOURS = 'Your role may not see the results of this tool.'

/** Takes results out that are not part of the share, or of tools that the reader's own role hides. */
async function withholder(ctx: Ctx, share: Share, membership: Membership): Promise<(part: Part) => Part> {
  if (!share.evidence) return (part) => without(part, NOT_SHARED)
  const { tools } = await ctx.services.tools.catalogue(
    membership.organisation,
    await userOf(ctx.services.store, ctx.principal),
  )
  const seen = tools.filter((tool) => mayUse(tool, membership.role))
  const isComplete = seen.length === tools.length
  return (part) =>
    part.type === 'dynamic-tool' && !isVisible(part, seen, isComplete) ? without(part, NOT_YOURS) : part
}

function isVisible(
  part: Extract<Part, { type: 'dynamic-tool' }>,
  seen: ToolDescriptor[],
  isComplete: boolean,
): boolean {
  // A page of a kept result may be of any tool: it is shown to those only who may see them all.
  if (part.toolName === READ_EVIDENCE) return isComplete
  const { server, tool } = (part.toolMetadata ?? {}) as Partial<ToolMetadata>
  return seen.some((one) => one.serverName === server && one.toolName === tool)
}

function without(part: Part, words: string): Part {
  if (part.type !== 'dynamic-tool' || (part.state !== 'output-available' && part.state !== 'output-error')) return part
  if (part.state === 'output-error') return { ...part, errorText: words }
  const output: ToolOutput = {
    preview: words,
    evidenceId: '',
    bytes: Buffer.byteLength(words),
    truncated: false,
    mediaType: 'text/plain',
  }
  return { ...part, output }
}

/** Whether a reader of the share may read this result: it was shared, it was there then, and the reader's role may see its tool. */
export async function mayReadShared(
  ctx: Ctx,
  shareId: string,
  item: { sessionId: string; runId: string; toolName: string; createdAt: number },
): Promise<boolean> {
  const { share, membership } = await findShare(ctx, shareId)
  if (!share.evidence || item.sessionId !== share.sessionId || item.createdAt > share.createdAt) return false
  const { store } = ctx.services
  const question = await allMessages.get(store, share.organisationId, userMessageIdOf(item.runId))
  if (!question || !includes(sharedPath(share), question.body.position)) return false
  const { tools } = await ctx.services.tools.catalogue(membership.organisation, await userOf(store, ctx.principal))
  const tool = tools.find(({ name }) => name === item.toolName)
  return tool !== undefined && mayUse(tool, membership.role)
}
