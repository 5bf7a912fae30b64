import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { auditOperation } from '@/lib/access/audit'
import { requireMembership } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { principalKey, type Risk } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { conflict, LongwatchError, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { toolKeyOf } from '@/lib/mcp/fingerprint'
import {
  definitionId,
  keepDefinitions,
  type ReviewedDefinition,
  readReviews,
  reviewedDefinitions,
  type ServerReview,
  serverReviews,
} from '@/lib/mcp/reviews'
import type { CatalogueServer, ToolDescriptor } from '@/lib/mcp/types'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

/** What a review is about: the fields that the model and the policy go by. */
export const REVIEWED_FIELDS = ['title', 'description', 'inputSchema', 'annotations'] as const
export type ReviewedField = (typeof REVIEWED_FIELDS)[number]

/** A field that a changed tool has otherwise than when it was reviewed. */
export interface FieldDifference {
  field: ReviewedField
  before: unknown
  after: unknown
}

/** A tool that is hidden until somebody has looked at it. */
export interface PendingTool {
  toolName: string
  /** Hand it back to say what was looked at. */
  fingerprint: string
  state: 'new' | 'changed'
  risk: Risk
  title: string
  description: string
  inputSchema: Record<string, unknown>
  annotations: Record<string, unknown> | null
  /** Of a changed tool; null when what was reviewed is not kept, because it was too large. */
  differences: FieldDifference[] | null
  /** Who reviewed it last, and when; null: a provisioning file took it as it was. */
  reviewed: { by: string | null; at: number } | null
}

export interface ServerReviewState {
  server: { id: string; name: string }
  pending: PendingTool[]
  /** How many tools are reviewed as they are. */
  reviewedTools: number
}

/**
 * The tools of a server that wait for a review, as they are now, with what changed since the last one. Throws
 * `forbidden` for all but admins, `not_found` for what is none of the organisation's stored servers, `unavailable`
 * when the server cannot be asked.
 */
export async function describeReview(ctx: Ctx, input: { serverId: string }): Promise<ServerReviewState> {
  const { server, tools, organisationId } = await listFresh(ctx, input.serverId)
  const review = (await readReviews(ctx.services.store, organisationId, [server.id])).get(server.id)
  const waiting = tools.filter((tool) => tool.review !== 'reviewed')
  const known = await readDefinitions(ctx, organisationId, review, waiting)
  return {
    server: { id: server.id, name: server.name },
    pending: waiting.map((tool) => pendingTool(tool, known.get(tool.toolName) ?? null)),
    reviewedTools: tools.length - waiting.length,
  }
}

export interface ReviewInput {
  serverId: string
  /** What the administrator looked at. */
  tools: { toolName: string; fingerprint: string }[]
}

/**
 * Records that an administrator has looked at these definitions; they are shown and callable from then on. All or none:
 * throws `conflict`, naming them, when tools are otherwise (or gone) than what was looked at; else as `describeReview`.
 */
export async function reviewTools(ctx: Ctx, input: ReviewInput): Promise<ServerReviewState> {
  const { server, tools, organisationId } = await listFresh(ctx, input.serverId)
  const { store } = ctx.services
  const seen = new Map(input.tools.map(({ toolName, fingerprint }) => [toolName, fingerprint]))
  const current = tools.filter((tool) => seen.get(tool.toolName) === tool.fingerprint)
  if (current.length < seen.size) throw changedMeanwhile([...seen.keys()], current)
  const by = { key: principalKey(ctx.principal), name: await nameOf(store, ctx.principal) }
  const listed = current.map((tool) => ({ ...tool, key: toolKeyOf(tool.toolName) }))
  await keepDefinitions(store, organisationId, server.id, listed, by)
  await retryOnConflict(5, async () => {
    const stored = await serverReviews.get(store, organisationId, server.id)
    const before = stored?.body.fingerprints ?? {}
    const changed = listed.filter(({ key, fingerprint }) => before[key] !== fingerprint)
    if (changed.length === 0) return
    const fingerprints = { ...before, ...Object.fromEntries(changed.map((tool) => [tool.key, tool.fingerprint])) }
    const review: ServerReview = { serverId: server.id, fingerprints, updatedAt: Date.now() }
    const audit = await auditOperation(ctx, {
      organisationId,
      action: 'tools.review',
      target: { kind: 'mcp-server', id: server.id, name: server.name },
      before: recorded(changed, ({ key }) => before[key] ?? null),
      after: recorded(changed, ({ fingerprint }) => fingerprint),
    })
    const replaced = changed.flatMap(({ key }) => before[key] ?? [])
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: randomUUID(),
      operations: [
        serverReviews.put(server.id, review, stored ? { ifVersion: stored.version } : { ifAbsent: true as const }),
        ...replaced.map((fingerprint) => reviewedDefinitions.delete(definitionId(server.id, fingerprint))),
        audit,
      ],
    })
  })
  return describeReview(ctx, { serverId: server.id })
}

/** Names come from the server: many or endless ones must not make the record so. */
function recorded<T extends ToolDescriptor>(tools: T[], fingerprint: (tool: T) => string | null) {
  const named = tools.slice(0, 200).map((tool) => ({ tool: tool.toolName.slice(0, 100), is: fingerprint(tool) }))
  return { tools: tools.length, definitions: named }
}

function changedMeanwhile(names: string[], current: ToolDescriptor[]): LongwatchError {
  const others = names.filter((name) => !current.some(({ toolName }) => toolName === name))
  const listed = others.slice(0, 5).join(', ') + (others.length > 5 ? ` and ${others.length - 5} more` : '')
  return conflict(`Changed again since you looked, or gone: ${listed}. Nothing was marked as reviewed; look again.`)
}

async function listFresh(
  ctx: Ctx,
  serverId: string,
): Promise<{ organisationId: string; server: CatalogueServer; tools: ToolDescriptor[] }> {
  const organisationId = organisationOf('mcp', serverId)
  if (!organisationId) throw notFound('server')
  const { organisation } = await requireMembership(ctx, organisationId, 'admin', 'server')
  const user = await userOf(ctx.services.store, ctx.principal)
  const { servers, tools, failures } = await ctx.services.tools.catalogue(organisation, user, { fresh: serverId })
  const server = servers.find(({ id }) => id === serverId)
  if (!server) throw notFound('server')
  const own = tools.filter((tool) => tool.serverId === serverId)
  const failure = failures.find((one) => one.server === server.name)
  if (failure && own.length === 0)
    throw new LongwatchError('unavailable', failure.message, { dependency: `mcp:${server.name}` })
  return { organisationId, server, tools: own }
}

/** What was reviewed of the changed ones among the tools, by the tool's name. */
async function readDefinitions(
  ctx: Ctx,
  organisationId: string,
  review: ServerReview | undefined,
  tools: ToolDescriptor[],
): Promise<Map<string, ReviewedDefinition>> {
  const wanted = tools.flatMap(({ serverId, toolName, review: state }) => {
    const fingerprint = state === 'changed' && review?.fingerprints[toolKeyOf(toolName)]
    return fingerprint ? [definitionId(serverId, fingerprint)] : []
  })
  const found = await reviewedDefinitions.getMany(ctx.services.store, organisationId, wanted)
  return new Map(found.flatMap((one) => (one ? [[one.body.toolName, one.body]] : [])))
}

function pendingTool(tool: ToolDescriptor, before: ReviewedDefinition | null): PendingTool {
  const annotations = (tool.annotations as Record<string, unknown> | undefined) ?? null
  const { toolName, fingerprint, risk, title, description, inputSchema } = tool
  const now = { title, description, inputSchema, annotations }
  const differences = before
    ? REVIEWED_FIELDS.filter((field) => !isDeepStrictEqual(before[field], now[field])).map((field) => ({
        field,
        before: before[field],
        after: now[field],
      }))
    : null
  return {
    toolName,
    fingerprint,
    state: tool.review === 'changed' ? 'changed' : 'new',
    risk,
    ...now,
    differences,
    reviewed: before && { by: before.by?.name ?? null, at: before.at },
  }
}
