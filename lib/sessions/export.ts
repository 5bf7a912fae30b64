import { attachedFile } from '@/lib/agent/attached'
import type { LongwatchMessage, ToolMetadata, ToolOutput } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { findSession } from '@/lib/sessions/access'
import type { Session } from '@/lib/sessions/collection'
import { pathOf, piecesOf } from '@/lib/sessions/threads/collection'
import { readInterval, unpackWithVersions } from '@/lib/sessions/threads/read'
import { besides } from '@/lib/sessions/threads/tree'
import { messagePage } from '@/lib/sessions/view'
import type { Store } from '@/lib/stores/contract'

export const EXPORT_FORMATS = ['markdown', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface Exported {
  /** Without characters that file systems or headers dislike. */
  fileName: string
  mediaType: string
  /** The file, piece by piece, so that no length of a conversation has to fit into memory. */
  pieces: AsyncGenerator<string>
}

const PAGE = 50

/**
 * A whole conversation as a file: its current thread; as JSON the messages of other versions too. Throws `not_found` for
 * those who may not see it.
 */
export async function exportSession(ctx: Ctx, input: { sessionId: string; format: ExportFormat }): Promise<Exported> {
  const { session } = await findSession(ctx, input.sessionId)
  const { store } = ctx.services
  const base =
    session.body.title
      .replace(/[^\p{L}\p{N} _-]+/gu, '')
      .trim()
      .slice(0, 60) || 'session'
  const cursors = await pageCursors(store, session.body)
  return input.format === 'json'
    ? { fileName: `${base}.json`, mediaType: 'application/json', pieces: asJson(store, session.body, cursors) }
    : { fileName: `${base}.md`, mediaType: 'text/markdown', pieces: asMarkdown(store, session.body, cursors) }
}

/** Pages are listed from the newest back: their cursors first, so that the file can be written from the beginning. */
async function pageCursors(store: Store, session: Session): Promise<(string | undefined)[]> {
  const cursors: (string | undefined)[] = [undefined]
  for (;;) {
    const { messagesCursor } = await messagePage(store, session, { before: cursors.at(-1), limit: PAGE })
    if (!messagesCursor) return cursors.reverse()
    cursors.push(messagesCursor)
  }
}

async function* messagesOf(store: Store, session: Session, cursors: (string | undefined)[]) {
  for (const before of cursors) yield* (await messagePage(store, session, { before, limit: PAGE })).messages
}

async function* asJson(store: Store, session: Session, cursors: (string | undefined)[]): AsyncGenerator<string> {
  const { id, title, createdAt, updatedAt } = session
  const head = JSON.stringify({ format: 'longwatch-session', version: 1, id, title, createdAt, updatedAt })
  yield `${head.slice(0, -1)},"messages":[`
  let first = true
  for await (const message of messagesOf(store, session, cursors)) {
    yield `${first ? '' : ','}\n${JSON.stringify(message)}`
    first = false
  }
  yield '\n],"otherVersions":['
  first = true
  for await (const message of otherVersions(store, session)) {
    yield `${first ? '' : ','}\n${JSON.stringify(message)}`
    first = false
  }
  yield '\n]}\n'
}

/** Messages of threads that are not the current one, in the order in which they were stored. */
async function* otherVersions(store: Store, session: Session) {
  const pieces = await piecesOf(store, session)
  for (const [from, to] of besides(pathOf(session), session.messageCount)) {
    for (let next = from; next <= to; next += PAGE) {
      const items = await readInterval(store, session, [next, Math.min(to, next + PAGE - 1)])
      yield* await unpackWithVersions(store, session.organisationId, items, pieces)
    }
  }
}

async function* asMarkdown(store: Store, session: Session, cursors: (string | undefined)[]): AsyncGenerator<string> {
  yield `# ${session.title}\n`
  for await (const message of messagesOf(store, session, cursors)) yield markdownOf(message)
}

const instant = (at: number | undefined) => (at === undefined ? '' : ` · ${new Date(at).toISOString()}`)

/** One message as Markdown: what was asked, what was done, what was answered. Exported for tests. */
export function markdownOf(message: LongwatchMessage): string {
  const { createdAt, finishedAt, model, status, error } = message.metadata ?? {}
  const isQuestion = message.role === 'user'
  const blocks = [
    isQuestion ? `## Question${instant(createdAt)}` : `## Answer${model ? ` · ${model}` : ''}${instant(finishedAt)}`,
    ...message.parts.flatMap(partToMarkdown),
  ]
  if (status === 'cancelled') blocks.push('*Stopped before it was complete.*')
  if (status === 'failed') blocks.push(`*Failed: ${error?.message ?? 'without a reason'}*`)
  return `\n${blocks.join('\n\n')}\n`
}

function partToMarkdown(part: LongwatchMessage['parts'][number]): string[] {
  if (part.type === 'text') return part.text.trim() === '' ? [] : [part.text.trim()]
  const file = attachedFile(part)
  if (file) return [`Attached: ${inlineCode(file.name)} (${file.mediaType}, ${file.bytes} bytes)`]
  if (part.type !== 'dynamic-tool') return []
  const { server, tool } = (part.toolMetadata ?? {}) as Partial<ToolMetadata>
  const name = server && tool ? `${server} / ${tool}` : part.toolName
  const blocks = [`**Tool: ${name}**`, fenced(JSON.stringify(part.input ?? {}, null, 2), 'json')]
  if (part.state === 'output-available') blocks.push(fenced((part.output as ToolOutput).preview))
  if (part.state === 'output-error') blocks.push(fenced(part.errorText))
  return blocks
}

/** A name may hold what Markdown means something by, but no code span's end. */
const inlineCode = (text: string) => `\`${text.replaceAll('`', "'")}\``

/** A code block that its own text cannot close. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}
