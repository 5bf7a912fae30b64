import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { ToolMetadata } from '@/lib/agent/events'
import { cutToBytes } from '@/lib/agent/tokens'
import { ToolSearch } from '@/lib/agent/tool-search'
import { tokensOf } from '@/lib/agent/tool-shelf'
import type { ToolDescriptor } from '@/lib/mcp/types'

export const FIND_TOOLS = 'find_tools'

const SHOWN = 8
const MOST_SHOWN = 20
/** Further matches, and the tools of a server, are named so many at a time. */
const NAMED = 100
const MAX_DESCRIPTION_BYTES = 2 * 1024
const MAX_SCHEMA_BYTES = 4 * 1024

/** Offered when not all tools fit: searches among all that the asker may use. */
export const findToolsTool: LanguageModelV4FunctionTool = {
  type: 'function',
  name: FIND_TOOLS,
  description:
    'Searches all tools that you may use, also those that are not offered to you yet. Give words for what you want to do (in the language of the tools, mostly English) or a tool’s name. The tools that it shows can be called from your next step on. With `server` and no query it lists the names of all tools of that server.',
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string', minLength: 1, maxLength: 300 },
      server: { type: 'string', minLength: 1, maxLength: 64, description: 'Only tools of this server.' },
      limit: { type: 'integer', minimum: 1, maximum: MOST_SHOWN, description: `${SHOWN} if not given.` },
      offset: { type: 'integer', minimum: 0, description: 'Goes on behind so many results.' },
    },
    additionalProperties: false,
  },
}

export const findToolsMetadata: ToolMetadata = {
  server: 'longwatch',
  tool: FIND_TOOLS,
  risk: 'read',
  title: 'Find tools',
}

export interface FindToolsInput {
  query?: string
  server?: string
  limit?: number
  offset?: number
}

export interface FoundTools {
  text: string
  /** Names of the tools whose definitions were shown. */
  found: string[]
}

/**
 * Answers a `find_tools` call in words for the model. It shows no more than what `budget` tokens hold of definitions,
 * since what it shows will be offered. The tokenizer must be loaded.
 */
export function findTools(tools: ToolDescriptor[], input: FindToolsInput, budget: number): FoundTools {
  const { query, server, limit = SHOWN, offset = 0 } = input
  const among = server === undefined ? tools : tools.filter(({ serverName }) => serverName === server)
  if (among.length === 0) return nothing(`There is no server "${server}" with tools that you may use.`, tools)
  if (query === undefined) {
    if (server === undefined) return nothing('Give a query, or a server to list its tools.', tools)
    return { text: listNames(`Tools of ${server}`, among, offset), found: [] }
  }
  const matches = new ToolSearch(among).find(query)
  const shown = fitting(matches.slice(offset, offset + limit), budget)
  if (shown.length === 0)
    return nothing(offset === 0 ? `No tool matches "${query}". Try other words.` : 'There are no more matches.', among)
  const head = `${matches.length} of ${among.length} tools match "${query}". You can call the ${shown.length} below from your next step on.`
  const rest = matches.slice(offset + shown.length)
  const more = rest.length > 0 ? [listNames('Further matches, less close', rest, 0)] : []
  return {
    text: [head, ...shown.map(describe), ...more].join('\n\n'),
    found: shown.map(({ name }) => name),
  }
}

/** How many tools each server has, the largest first: `120 on grafana, 8 on shop`. */
export function countByServer(tools: ToolDescriptor[]): string {
  const counts = new Map<string, number>()
  for (const { serverName } of tools) counts.set(serverName, (counts.get(serverName) ?? 0) + 1)
  const sorted = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
  return sorted.map(([server, count]) => `${count} on ${server}`).join(', ')
}

/** The first ones that fit together; at least one. */
function fitting(tools: ToolDescriptor[], budget: number): ToolDescriptor[] {
  let left = budget
  const end = tools.findIndex((tool, index) => {
    left -= tokensOf(tool)
    return left < 0 && index > 0
  })
  return end < 0 ? tools : tools.slice(0, end)
}

const nothing = (what: string, tools: ToolDescriptor[]): FoundTools => ({
  text: `${what} Tools that you may use: ${countByServer(tools) || 'none'}.`,
  found: [],
})

function describe({ name, title, serverName, risk, description, inputSchema }: ToolDescriptor): string {
  const schema = JSON.stringify(inputSchema)
  const whole = cutToBytes(schema, MAX_SCHEMA_BYTES)
  return [
    `## ${name}`,
    `${title} (server ${serverName}, ${risk})`,
    cutToBytes(description, MAX_DESCRIPTION_BYTES),
    `Arguments: ${whole}${whole.length < schema.length ? ' … (the whole is in its definition, from your next step on)' : ''}`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function listNames(head: string, tools: ToolDescriptor[], offset: number): string {
  const named = tools.slice(offset, offset + NAMED)
  const left = tools.length - offset - named.length
  const more = left > 0 ? ` … and ${left} more` : ''
  return `${head} (${tools.length}): ${named.map(({ name }) => name).join(', ')}${more}`
}
