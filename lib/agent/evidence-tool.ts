import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { ToolMetadata } from '@/lib/agent/events'
import type { LoopPorts } from '@/lib/agent/ports'

export const READ_EVIDENCE = 'read_evidence'

/** Pages and searches results whose preview was cut, and files that people attached. */
export const readEvidenceTool: LanguageModelV4FunctionTool = {
  type: 'function',
  name: READ_EVIDENCE,
  description:
    'Reads on in the whole result of an earlier tool call whose preview was cut, or in an attached text file, or searches it. Give the evidenceId that the result or the file named. With `search`, gives the lines that contain the text (case-insensitive) with their offsets; without, gives `limit` bytes from `offset`.',
  inputSchema: {
    type: 'object',
    properties: {
      evidenceId: { type: 'string' },
      offset: { type: 'integer', minimum: 0, description: 'In bytes; 0 is the beginning.' },
      limit: { type: 'integer', minimum: 1, maximum: 24_000, description: 'In bytes; 12,000 if not given.' },
      search: { type: 'string', minLength: 1, maxLength: 200 },
    },
    required: ['evidenceId'],
    additionalProperties: false,
  },
}

export const readEvidenceMetadata: ToolMetadata = {
  server: 'longwatch',
  tool: READ_EVIDENCE,
  risk: 'read',
  title: 'Read a whole result',
}

const PAGE_BYTES = 256 * 1024
const MAX_MATCHES = 40
/** Of a match in a long line (JSON is often one line) so much is shown before and after it. */
const AROUND = 200

/** Answers a `read_evidence` call in words for the model. */
export async function readEvidence(
  ports: Pick<LoopPorts, 'readEvidence'>,
  input: { evidenceId: string; offset?: number; limit?: number; search?: string },
): Promise<{ ok: boolean; text: string }> {
  const { evidenceId, offset = 0, limit = 12_000, search } = input
  if (search !== undefined) return searchEvidence(ports, evidenceId, search, offset)
  const page = await ports.readEvidence(evidenceId, { offset, limit })
  if (!page) return { ok: false, text: unknownEvidence(evidenceId) }
  const end = page.nextOffset === null ? 'the end' : `byte ${page.nextOffset}`
  return { ok: true, text: `[${evidenceId}: ${page.bytes} bytes; from byte ${page.offset} to ${end}]\n${page.text}` }
}

const unknownEvidence = (id: string) =>
  `There is no evidence "${id}" in this conversation. Use an evidenceId that a tool result named.`

async function searchEvidence(
  ports: Pick<LoopPorts, 'readEvidence'>,
  evidenceId: string,
  search: string,
  from: number,
): Promise<{ ok: boolean; text: string }> {
  const matches: string[] = []
  /** Text that was read and may still be part of a match or of its surroundings, and where it begins. */
  let text = ''
  let start = 0
  let searched = 0
  for (let offset: number | null = from; offset !== null && matches.length < MAX_MATCHES; ) {
    const page = await ports.readEvidence(evidenceId, { offset, limit: PAGE_BYTES })
    if (!page) return { ok: false, text: unknownEvidence(evidenceId) }
    if (text === '') start = page.offset
    text += page.text
    offset = page.nextOffset
    // What could go on in the next page is looked at again with it.
    const safe = offset === null ? text.length : text.length - search.length - AROUND
    searched = collect(text, { search, start, from: searched, to: safe }, matches)
    const kept = Math.max(0, Math.min(searched, text.length) - AROUND)
    start += Buffer.byteLength(text.slice(0, kept))
    text = text.slice(kept)
    searched -= kept
  }
  if (matches.length === 0) return { ok: true, text: `"${search}" does not occur in ${evidenceId}.` }
  const more = matches.length === MAX_MATCHES ? `\n[The first ${MAX_MATCHES} matches; search from a later offset.]` : ''
  return { ok: true, text: `offset: line\n${matches.join('\n')}${more}` }
}

/** Adds the matches that begin within `from..to`, each shown once; gives where the search goes on. */
function collect(
  text: string,
  where: { search: string; start: number; from: number; to: number },
  matches: string[],
): number {
  const pattern = new RegExp(where.search.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'giu')
  pattern.lastIndex = Math.max(0, where.from)
  let bytes = where.start
  let counted = 0
  let next = Math.max(where.from, where.to)
  for (let found = pattern.exec(text); found && found.index < where.to; found = pattern.exec(text)) {
    if (matches.length === MAX_MATCHES) return found.index
    const { begin, end } = surroundings(text, found.index, found[0].length)
    bytes += Buffer.byteLength(text.slice(counted, begin))
    counted = begin
    matches.push(`${bytes}: ${text.slice(begin, end).toWellFormed()}`)
    pattern.lastIndex = Math.max(end, found.index + 1)
    next = Math.max(next, pattern.lastIndex)
  }
  return next
}

/** The line of a match, or of a long line the part around it. */
function surroundings(text: string, at: number, length: number): { begin: number; end: number } {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const lineEnd = text.indexOf('\n', at)
  const begin = Math.max(at === 0 ? 0 : lineStart, at - AROUND)
  const end = Math.min(lineEnd < 0 ? text.length : lineEnd, at + length + AROUND)
  return { begin, end }
}
