import type { AttachedFile } from '@/lib/agent/attached'
import { type Attachment, attachments, fileOf, isSendable } from '@/lib/attachments/collection'
import { MAX_ATTACHED_BYTES, MAX_ATTACHMENTS } from '@/lib/attachments/limits'
import { badRequest } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

/** Runs that a file remembers; who edits a question more often than this loses nothing by it. */
const MOST_RUNS = 100

export interface Claim {
  files: AttachedFile[]
  /** Of the commit that stores the question: refused when another question took one of them meanwhile. */
  operations: Operation[]
}

/**
 * Takes files for a question: the caller's own that were not sent yet, or those that its session has already. Throws
 * `bad_request` (field `attachments`) for all others.
 */
export async function claimAttachments(
  store: Store,
  question: { organisationId: string; sessionId: string; runId: string; asker: string },
  ids: string[],
): Promise<Claim> {
  if (ids.length === 0) return { files: [], operations: [] }
  if (ids.length > MAX_ATTACHMENTS) throw refused(`At most ${MAX_ATTACHMENTS} files go with one question.`)
  if (new Set(ids).size < ids.length) throw refused('A file was named twice.')
  if (ids.some((id) => organisationOf('att', id) !== question.organisationId)) throw unknown()
  const found = await attachments.getMany(store, question.organisationId, ids)
  const claimed = found.map((item) => {
    if (!item || !mayTake(item.body, question)) throw unknown()
    return item
  })
  const bytes = claimed.reduce((sum, { body }) => sum + body.bytes, 0)
  if (bytes > MAX_ATTACHED_BYTES)
    throw refused(`The files of one question have at most ${MAX_ATTACHED_BYTES / 1e6} MB; these have ${bytes} bytes.`)
  return { files: claimed.map(fileOf), operations: claimed.map((item) => taking(item, question)) }
}

const refused = (message: string) => badRequest('attachments', message)
const unknown = () => refused('One of the files is not there (any more). Remove it and attach it again.')

const mayTake = (file: Attachment, question: { sessionId: string; asker: string }) =>
  file.state.status === 'sent' ? file.state.sessionId === question.sessionId : isSendable(file, question.asker)

function taking({ id, version, body }: Versioned<Attachment>, question: { sessionId: string; runId: string }) {
  const before = body.state.status === 'sent' ? body.state.runs : []
  const runs = before.length < MOST_RUNS ? [...before, question.runId] : before
  const state = { status: 'sent', sessionId: question.sessionId, runs } as const
  return attachments.put(id, { ...body, state }, { ifVersion: version })
}
