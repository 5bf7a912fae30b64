import type { Risk } from '@/lib/access/types'
import { MAX_PREVIEW_BYTES, type ToolOutput } from '@/lib/agent/events'
import { cutToBytes } from '@/lib/agent/tokens'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { newResourceId, organisationOf } from '@/lib/ids'
import type { ToolContent, ToolOutcome } from '@/lib/mcp/types'
import { findSession } from '@/lib/sessions/access'
import { type BlobReference, readBlob, writeBlob } from '@/lib/stores/blobs'
import { Collection } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

/** A tool's whole result, kept apart from the log. */
export interface Evidence {
  sessionId: string
  runId: string
  toolCallId: string
  toolName: string
  risk: Risk
  mediaType: string
  encoding: 'text' | 'base64'
  bytes: number
  blob: BlobReference
  createdAt: number
}

export const evidence = new Collection<Evidence>({
  name: 'evidence',
  v: 1,
  indexes: (item) => [{ index: 'session', group: item.sessionId, sort: item.createdAt }],
})

export interface EvidenceOrigin {
  organisationId: string
  sessionId: string
  runId: string
  toolCallId: string
  toolName: string
  risk: Risk
  /** Milliseconds that it is kept. */
  expiresIn: number
}

interface Body {
  mediaType: string
  encoding: 'text' | 'base64'
  data: string | Buffer
}

/** Stores a result as evidence; `guard` (the lease's fence) keeps a superseded owner from adding any. */
export async function keepEvidence(
  store: Pick<Store, 'commit'>,
  origin: EvidenceOrigin,
  outcome: Extract<ToolOutcome, { status: 'ok' }>,
  guard: Operation,
): Promise<ToolOutput> {
  const texts = outcome.content.filter((block) => block.type === 'text')
  const binaries = outcome.content.filter((block) => block.type === 'binary')
  const text = texts.map((block) => block.text).join('\n\n')
  const attachments: string[] = []
  for (const block of binaries) {
    const kept = await write(store, origin, bodyOf(block), guard)
    attachments.push(`[${block.mediaType}, ${kept.bytes} bytes: evidence ${kept.id}]`)
  }
  const whole = wholeOf(outcome.structured, text, texts[0]?.mediaType ?? 'text/plain', attachments)
  const main = await write(store, origin, whole, guard)
  const readable = [text || whole.data.toString(), ...(text ? attachments : [])].join('\n')
  const preview = cutToBytes(readable, MAX_PREVIEW_BYTES)
  const cut = outcome.cut ? '\n[The server’s answer was cut: it was larger than Longwatch reads.]' : ''
  return {
    preview: preview + cut,
    evidenceId: main.id,
    bytes: main.bytes,
    truncated: preview.length < readable.length,
    mediaType: whole.mediaType,
  }
}

/** The structured form is the whole result where there is one; else the texts. */
function wholeOf(structured: unknown, text: string, mediaType: string, attachments: string[]): Body {
  if (structured !== undefined && structured !== null) {
    return { mediaType: 'application/json', encoding: 'text', data: JSON.stringify(structured) }
  }
  return {
    mediaType: attachments.length > 0 ? 'text/plain' : mediaType,
    encoding: 'text',
    data: [text, ...attachments].filter(Boolean).join('\n'),
  }
}

const bodyOf = (block: Extract<ToolContent, { type: 'binary' }>): Body => ({
  mediaType: block.mediaType,
  encoding: 'base64',
  data: Buffer.from(block.base64, 'base64'),
})

async function write(store: Pick<Store, 'commit'>, origin: EvidenceOrigin, body: Body, guard: Operation) {
  const { organisationId, expiresIn, ...rest } = origin
  const id = newResourceId('ev', organisationId)
  const blob = await writeBlob(store, organisationId, id, body.data, { expiresIn })
  const item: Evidence = {
    ...rest,
    mediaType: body.mediaType,
    encoding: body.encoding,
    bytes: blob.bytes,
    blob,
    createdAt: Date.now(),
  }
  await store.commit({
    partition: organisationId,
    operationId: `evidence:${id}`,
    operations: [guard, evidence.put(id, item, { ifAbsent: true, expiresIn })],
  })
  return { id, bytes: blob.bytes }
}

export interface EvidenceRange {
  offset: number
  limit: number
}

/** Bytes from `offset`, cut so that no code point is split; null when the session has no such evidence. */
export async function readSessionEvidence(
  store: Store,
  session: { id: string; organisationId: string },
  evidenceId: string,
  range: EvidenceRange,
): Promise<{ item: Evidence; bytes: Buffer; nextOffset: number | null } | null> {
  const found = await evidence.get(store, session.organisationId, evidenceId)
  if (!found || found.body.sessionId !== session.id) return null
  return { item: found.body, ...(await readRange(store, session.organisationId, found.body, range)) }
}

async function readRange(store: Store, partition: string, item: Evidence, range: EvidenceRange) {
  const offset = Math.min(range.offset, item.bytes)
  const read = Buffer.from(await readBlob(store, partition, item.blob, offset, range.limit))
  const bytes = item.encoding === 'text' && offset + read.length < item.bytes ? wholeCharacters(read) : read
  const end = offset + bytes.length
  return { bytes, nextOffset: end < item.bytes ? end : null }
}

/** Leaves out a last code point that is not all there. */
function wholeCharacters(bytes: Buffer): Buffer {
  let start = bytes.length - 1
  while (start > 0 && bytes.length - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start -= 1
  const lead = bytes[start] as number
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start + size > bytes.length && start > 0 ? bytes.subarray(0, start) : bytes
}

/** `GET /api/evidence/{id}`: a page of a result, for those who may see its session. */
export async function getEvidence(ctx: Ctx, input: { evidenceId: string } & EvidenceRange) {
  const organisationId = organisationOf('ev', input.evidenceId)
  const { store } = ctx.services
  const found = organisationId && (await evidence.get(store, organisationId, input.evidenceId))
  if (!organisationId || !found) throw notFound('evidence')
  await findSession(ctx, found.body.sessionId).catch((error) => {
    throw error?.code === 'not_found' ? notFound('evidence') : error
  })
  const { bytes, nextOffset } = await readRange(store, organisationId, found.body, input)
  const text = found.body.encoding === 'text'
  return {
    id: input.evidenceId,
    mediaType: found.body.mediaType,
    bytes: found.body.bytes,
    offset: input.offset,
    content: text ? bytes.toString('utf8') : bytes.toString('base64'),
    nextOffset,
    ...(text ? {} : { encoding: 'base64' as const }),
  }
}
