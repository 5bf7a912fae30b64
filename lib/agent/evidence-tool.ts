import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { ToolMetadata } from '@/lib/agent/events'
import type { LoopPorts } from '@/lib/agent/ports'

export const READ_EVIDENCE = 'read_evidence'

/** The one tool of Longwatch's own: pages and searches results whose preview was cut. */
export const readEvidenceTool: LanguageModelV4FunctionTool = {
  type: 'function',
  name: READ_EVIDENCE,
  description:
    'Reads on in the whole result of an earlier tool call whose preview was cut, or searches it. Give the evidenceId that the result named. With `search`, gives the lines that contain the text (case-insensitive) with their offsets; without, gives `limit` bytes from `offset`.',
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
const MAX_LINE = 400

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
  return { ok: true, text: `[${evidenceId}: ${page.bytes} bytes; from byte ${offset} to ${end}]\n${page.text}` }
}

const unknownEvidence = (id: string) =>
  `There is no evidence "${id}" in this conversation. Use an evidenceId that a tool result named.`

async function searchEvidence(
  ports: Pick<LoopPorts, 'readEvidence'>,
  evidenceId: string,
  search: string,
  from: number,
): Promise<{ ok: boolean; text: string }> {
  const wanted = search.toLowerCase()
  const matches: string[] = []
  let offset: number | null = from
  let rest = ''
  let restOffset = from
  while (offset !== null && matches.length < MAX_MATCHES) {
    const page = await ports.readEvidence(evidenceId, { offset, limit: PAGE_BYTES })
    if (!page) return { ok: false, text: unknownEvidence(evidenceId) }
    const lines = (rest + page.text).split('\n')
    // The last line may go on in the next page; one without an end is searched in pieces.
    rest = page.nextOffset === null || (lines.at(-1) ?? '').length > PAGE_BYTES ? '' : (lines.pop() ?? '')
    let position = restOffset
    for (const line of lines) {
      const at = line.toLowerCase().indexOf(wanted)
      if (at >= 0 && matches.length < MAX_MATCHES) matches.push(`${position}: ${around(line, at)}`)
      position += Buffer.byteLength(line) + 1
    }
    restOffset = position
    offset = page.nextOffset
  }
  if (matches.length === 0) return { ok: true, text: `"${search}" does not occur in ${evidenceId}.` }
  const more = matches.length === MAX_MATCHES ? `\n[The first ${MAX_MATCHES} matches; search from a later offset.]` : ''
  return { ok: true, text: `offset: line\n${matches.join('\n')}${more}` }
}

const around = (line: string, at: number) =>
  line.length <= MAX_LINE ? line : `…${line.slice(Math.max(0, at - MAX_LINE / 2), at + MAX_LINE / 2)}…`
