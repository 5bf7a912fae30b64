import { randomUUID } from 'node:crypto'
import type { AuditActor } from '@/lib/access/audit-collection'
import type { ListedTool } from '@/lib/mcp/catalogue'
import type { ToolDefinition } from '@/lib/mcp/fingerprint'
import { Collection } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

/** Which definitions of a server's tools an admin has seen: `toolKeyOf` the name → fingerprint. */
export interface ServerReview {
  serverId: string
  fingerprints: Record<string, string>
  updatedAt: number
}

/** Of an organisation; the id is the server's. */
export const serverReviews = new Collection<ServerReview>({ name: 'tool-reviews', v: 1 })

/** A definition as it was reviewed, kept to show what another one changed. */
export interface ReviewedDefinition extends Omit<ToolDefinition, 'annotations'> {
  annotations: Record<string, unknown> | null
  /** Null: a provisioning file said that the tools count as reviewed as they are. */
  by: AuditActor | null
  at: number
}

/** Of an organisation; the id is `{server}:{fingerprint}`. Never changed once written. */
export const reviewedDefinitions = new Collection<ReviewedDefinition>({ name: 'reviewed-tools', v: 1 })

export const definitionId = (serverId: string, fingerprint: string) => `${serverId}:${fingerprint}`

/** A larger definition is reviewed like every other, but its difference to the next one is not kept. */
const MAX_DEFINITION_BYTES = 256 * 1024
const BATCH_BYTES = 512 * 1024

/** The reviews of these servers, as they are now. */
export async function readReviews(
  store: Store,
  organisationId: string,
  serverIds: string[],
): Promise<Map<string, ServerReview>> {
  const found = await serverReviews.getMany(store, organisationId, serverIds)
  return new Map(found.flatMap((one) => (one ? [[one.id, one.body]] : [])))
}

/** Keeps the definitions, so that a review may refer to them; what is kept already stays as it is. */
export async function keepDefinitions(
  store: Store,
  organisationId: string,
  serverId: string,
  tools: ListedTool[],
  by: AuditActor | null,
): Promise<void> {
  const at = Date.now()
  let batch: Operation[] = []
  let bytes = 0
  const write = async () => {
    const operations = batch
    batch = []
    bytes = 0
    if (operations.length > 0) await store.commit({ partition: organisationId, operationId: randomUUID(), operations })
  }
  for (const { toolName, title, description, inputSchema, annotations, fingerprint } of tools) {
    const definition = { toolName, title, description, inputSchema, annotations: annotations ?? null, by, at }
    const size = Buffer.byteLength(JSON.stringify(definition))
    if (size > MAX_DEFINITION_BYTES) continue
    if (bytes + size > BATCH_BYTES) await write()
    batch.push(reviewedDefinitions.put(definitionId(serverId, fingerprint), definition))
    bytes += size
  }
  await write()
}

/**
 * Takes a trusted server's tools as reviewed, as they are now, unless somebody or another process was first: then theirs
 * is answered. It happens once in a server's life, so that no restart can pass a changed tool off as reviewed.
 */
export async function trustFirstSeen(
  store: Store,
  organisationId: string,
  serverId: string,
  tools: ListedTool[],
): Promise<ServerReview> {
  await keepDefinitions(store, organisationId, serverId, tools, null)
  const review: ServerReview = {
    serverId,
    fingerprints: Object.fromEntries(tools.map(({ key, fingerprint }) => [key, fingerprint])),
    updatedAt: Date.now(),
  }
  const result = await store.commit({
    partition: organisationId,
    operationId: randomUUID(),
    operations: [serverReviews.put(serverId, review, { ifAbsent: true })],
  })
  if (result.status === 'applied') return review
  const theirs = await serverReviews.get(store, organisationId, serverId)
  return theirs?.body ?? { ...review, fingerprints: {} }
}

/** What goes with a server that is removed, to be part of that commit: one that is added later starts unreviewed. */
export async function forgetReviews(store: Store, organisationId: string, serverId: string): Promise<Operation[]> {
  const review = await serverReviews.get(store, organisationId, serverId)
  if (!review) return []
  const definitions = Object.values(review.body.fingerprints)
  return [
    serverReviews.delete(serverId),
    ...definitions.map((fingerprint) => reviewedDefinitions.delete(definitionId(serverId, fingerprint))),
  ]
}
