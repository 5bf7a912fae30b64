import type { Risk } from '@/lib/access/types'
import type { ToolMetadata, ToolOutput } from '@/lib/agent/events'
import { isSettledTool, type ToolPart, type ToolProgress } from '@/lib/sessions/fold/state'

/** Where a call stands, as the page shows it. `stopped`: the run ended before the call had a result. */
export type CallState = 'preparing' | 'waiting' | 'running' | 'done' | 'failed' | 'stopped'

export function callStateOf(part: ToolPart, progress: ToolProgress | undefined, live: boolean): CallState {
  if (part.state === 'output-error' || part.state === 'output-denied') return 'failed'
  if (isSettledTool(part)) return 'done'
  if (!live) return 'stopped'
  if (part.state === 'input-streaming') return 'preparing'
  return progress ? 'running' : 'waiting'
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The output as the log has it; a bare text (an older or foreign record) counts as its own preview. */
export function toolOutputOf(part: ToolPart): ToolOutput | null {
  const output: unknown = 'output' in part ? part.output : undefined
  if (isRecord(output) && typeof output.preview === 'string' && typeof output.evidenceId === 'string') {
    return {
      preview: output.preview,
      evidenceId: output.evidenceId,
      bytes: typeof output.bytes === 'number' ? output.bytes : output.preview.length,
      truncated: output.truncated === true,
      mediaType: typeof output.mediaType === 'string' ? output.mediaType : 'text/plain',
    }
  }
  return null
}

/** What the log says about the tool itself; whatever is missing stays out. */
export function toolMetadataOf(part: ToolPart): Partial<ToolMetadata> {
  const metadata: unknown = part.toolMetadata
  return isRecord(metadata) ? (metadata as Partial<ToolMetadata>) : {}
}

export const toolNameOf = (part: ToolPart) =>
  part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length)

/** The title that the tool has, else its name in words. */
export function toolTitleOf(part: ToolPart): string {
  const { title, tool } = toolMetadataOf(part)
  if (title) return title
  const words = (tool ?? toolNameOf(part)).replace(/[_-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const RISK_WORDS: Record<Risk, string> = { read: 'reads', write: 'writes', destructive: 'destroys' }
