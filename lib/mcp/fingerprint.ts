import { createHash } from 'node:crypto'
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'

/** What a server says of a tool, as far as the model and the policy go by it. */
export interface ToolDefinition {
  /** The tool's name on its server. */
  toolName: string
  title: string
  description: string
  inputSchema: Record<string, unknown>
  annotations: ToolAnnotations | undefined
}

/** A schema that is nested deeper than this is nobody's. */
const MAX_DEPTH = 100

/**
 * The same for the same definition, whatever the order of its fields; another as soon as anything that the model or the
 * policy goes by is another. (`fingerprintTools` of the AI SDK leaves out annotations, which our risk rests on.)
 * Throws `RangeError` for what is nested too deeply.
 */
export function fingerprintOf({ toolName, title, description, inputSchema, annotations }: ToolDefinition): string {
  const whole = [toolName, title, description, canonical(inputSchema, 0), canonical(annotations ?? null, 0)]
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url')
}

/** Stands for a tool's name where a name of any length and form would not do. */
export const toolKeyOf = (toolName: string) => createHash('sha256').update(toolName).digest('base64url').slice(0, 22)

/** The value with the fields of every object in one order; objects and lists cannot be taken for each other. */
function canonical(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return ['list', ...value.map((item) => canonical(item, depth + 1))]
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return ['object', ...fields.map(([name, field]) => [name, canonical(field, depth + 1)])]
}
