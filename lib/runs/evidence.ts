import type { Risk } from '@/lib/access/types'
import { MAX_PREVIEW_BYTES, type ToolOutput } from '@/lib/agent/events'
import { cutToBytes } from '@/lib/agent/tokens'
import { readAttachmentPage } from '@/lib/attachments/read'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { newResourceId, organisationOf } from '@/lib/ids'
import type { ToolContent, ToolOutcome } from '@/lib/mcp/types'
import { findSession } from '@/lib/sessions/access'
import { mayReadShared } from '@/lib/sessions/shares/read'
import { type BlobRange, readBlobRange } from '@/lib/stores/blob-range'
import { type BlobReference, writeBlob } from '@/lib/stores/blobs'
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
  // Without text or structure the whole is the list of attachments itself.
  const isList = text === '' && !isStructured(outcome.structured)
  const readable = [text || whole.data.toString(), ...(isList ? [] : attachments)].join('\n')
  const cut = outcome.cut ? '\n[The server’s answer was cut: it was larger than Longwatch reads.]' : ''
  const preview = cutToBytes(readable, MAX_PREVIEW_BYTES - Buffer.byteLength(cut))
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
  if (isStructured(structured)) {
    return { mediaType: 'application/json', encoding: 'text', data: JSON.stringify(structured) }
  }
  return {
    mediaType: attachments.length > 0 ? 'text/plain' : mediaType,
    encoding: 'text',
    data: [text, ...attachments].filter(Boolean).join('\n'),
  }
}

const isStructured = (structured: unknown) => structured !== undefined && structured !== null

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

/** Bytes from about `offset` on: of text only whole characters, at least one if there is any; null when the session has no such evidence. */
export async function readSessionEvidence(
  store: Store,
  session: { id: string; organisationId: string },
  evidenceId: string,
  range: BlobRange,
): Promise<{ item: Evidence; bytes: Buffer; offset: number; nextOffset: number | null } | null> {
  const found = await evidence.get(store, session.organisationId, evidenceId)
  if (!found || found.body.sessionId !== session.id) return null
  return { item: found.body, ...(await readRange(store, session.organisationId, found.body, range)) }
}

const readRange = (store: Store, partition: string, item: Evidence, range: BlobRange) =>
  readBlobRange(store, partition, { blob: item.blob, isText: item.encoding === 'text' }, range)

/** `GET /api/evidence/{id}`: a page of a result, for those who may see its session, or read a share that it is part of. */
export async function getEvidence(ctx: Ctx, input: { evidenceId: string; share?: string } & BlobRange) {
  if (organisationOf('att', input.evidenceId)) return attachmentPage(ctx, input)
  const organisationId = organisationOf('ev', input.evidenceId)
  const { store } = ctx.services
  const found = organisationId && (await evidence.get(store, organisationId, input.evidenceId))
  if (!organisationId || !found) throw notFound('evidence')
  if (input.share === undefined) await findSession(ctx, found.body.sessionId).catch(asEvidence)
  else if (!(await mayReadShared(ctx, input.share, found.body).catch(asEvidence))) throw notFound('evidence')
  const { bytes, offset, nextOffset } = await readRange(store, organisationId, found.body, input)
  const text = found.body.encoding === 'text'
  return {
    id: input.evidenceId,
    mediaType: found.body.mediaType,
    bytes: found.body.bytes,
    offset,
    content: text ? bytes.toString('utf8') : bytes.toString('base64'),
    nextOffset,
    ...(text ? {} : { encoding: 'base64' as const }),
  }
}

/** What a person attached is read on in the same way, by the model and by people. */
async function attachmentPage(ctx: Ctx, input: { evidenceId: string; share?: string } & BlobRange) {
  const { file, bytes, offset, nextOffset } = await readAttachmentPage(ctx, {
    ...input,
    attachmentId: input.evidenceId,
  }).catch(asEvidence)
  const content = bytes.toString(file.kind === 'text' ? 'utf8' : 'base64')
  const page = { id: file.id, mediaType: file.mediaType, bytes: file.bytes, offset, content, nextOffset }
  return file.kind === 'text' ? page : { ...page, encoding: 'base64' as const }
}

/** What is not there for the reader is not there as evidence, whatever it was looked for through. */
function asEvidence(error: { code?: unknown } | undefined): never {
  throw error?.code === 'not_found' ? notFound('evidence') : error
}
