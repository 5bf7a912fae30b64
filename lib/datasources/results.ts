import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { DataSourceError } from '@/lib/datasources/errors'
import type { OpenedDataSource } from '@/lib/datasources/types'
import { LongwatchError } from '@/lib/errors'

export interface ToolOptions {
  /** Told of errors that nobody foresaw; the model only hears that the tool failed inside. */
  report?: (error: unknown, tool: string) => void
}

type Shape = Record<string, z.ZodType>

/** What a tool hands back: text for the model, `structured` for page and evidence. */
export interface Result {
  text: string
  structured: Record<string, unknown>
}

export interface ToolDefinition<Input extends Shape> {
  name: string
  title: string
  description: string
  input: Input
  output: Shape
  /** A tool that changes something; the others are declared read-only. */
  writes?: boolean
  run: (input: z.output<z.ZodObject<Input>>, signal: AbortSignal) => Promise<Result>
}

/** Registers one tool: annotations, schemas, and errors as results that the model can act on. */
export function registerTool<Input extends Shape>(
  server: McpServer,
  definition: ToolDefinition<Input>,
  options: ToolOptions = {},
): void {
  const { name, title, description, writes = false } = definition
  const inputSchema: z.ZodObject<Input> = z.strictObject(definition.input)
  const config = {
    title,
    description,
    inputSchema: inputSchema as z.ZodObject,
    outputSchema: z.object(definition.output) as z.ZodObject,
    annotations: {
      title,
      readOnlyHint: !writes,
      destructiveHint: false,
      idempotentHint: !writes,
      openWorldHint: false,
    },
  }
  server.registerTool(name, config, async (input, extra): Promise<CallToolResult> => {
    try {
      const { text, structured } = await definition.run(input as z.output<z.ZodObject<Input>>, extra.signal)
      return { content: [{ type: 'text', text }], structuredContent: structured }
    } catch (error) {
      if (error instanceof LongwatchError) return failed(error.message)
      options.report?.(error, name)
      return failed(`The tool ${name} failed inside. This is a fault of Longwatch, not of the arguments.`)
    }
  })
}

const failed = (text: string): CallToolResult => ({ isError: true, content: [{ type: 'text', text }] })

/** The `source` argument over the organisation's sources of one type, and the look-up by it. */
export function sourceArgument<T>(sources: OpenedDataSource[], open: (source: OpenedDataSource) => T) {
  const names = sources.map((source) => source.name)
  const opened = new Map(sources.map((source) => [source.name, open(source)]))
  const [only] = names
  const choice = z.enum(names as [string, ...string[]])
  const schema: z.ZodType<string | undefined> =
    names.length > 1
      ? choice.describe('Which data source to ask.')
      : choice.optional().describe('The data source; there is only one, so this may be left out.')
  return {
    schema,
    /** The client of the chosen source. Throws `DataSourceError` naming the real ones. */
    pick(name: string | undefined): T {
      const found = opened.get(name ?? (names.length === 1 ? (only ?? '') : ''))
      if (found === undefined) throw new DataSourceError('bad_query', `"source" must be one of: ${names.join(', ')}.`)
      return found
    },
  }
}

/** The first `limit` items, and a sentence when there are more. */
export function firstOf<T>(items: T[], limit: number, what: string, how: string): { items: T[]; note: string | null } {
  return items.length > limit
    ? { items: items.slice(0, limit), note: `Only ${limit} of ${items.length} ${what} are shown. ${how}` }
    : { items, note: null }
}

/** Lines for the model, without the empty ones. */
export const lines = (...parts: (string | null | undefined | false)[]) => parts.filter(Boolean).join('\n')

/** Text cut at a number of characters (not in the middle of one), said so. */
export function clip(text: string, maximum: number): string {
  if (text.length <= maximum) return text
  const end = /[\uD800-\uDBFF]/.test(text[maximum - 1] ?? '') ? maximum - 1 : maximum
  return `${text.slice(0, end)} … (${text.length - end} more characters)`
}

/** Annotations, each cut to a sentence's length. */
export const clipAll = (texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, clip(text, 500)]))

export const notesSchema = z.array(z.string()).optional()
export const truncatedSchema = z.boolean().optional()
