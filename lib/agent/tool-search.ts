import MiniSearch from 'minisearch'
import type { ToolDescriptor } from '@/lib/mcp/types'

interface Entry {
  name: string
  tool: string
  title: string
  server: string
  description: string
  parameters: string
}

const FIELDS = ['tool', 'title', 'server', 'description', 'parameters'] as const
const BOOST = { tool: 4, title: 3, server: 2, description: 1, parameters: 0.5 }

/** Words as people and programs write them: `restartService`, `restart_service`, `restart-service`. */
const words = (text: string) =>
  text
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

const fold = (word: string) =>
  word
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()

/** Full-text search over tools (BM25). The same tools and query give the same order in every process. */
export class ToolSearch {
  readonly #index: MiniSearch<Entry>
  readonly #tools: Map<string, ToolDescriptor>

  constructor(tools: ToolDescriptor[]) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
    this.#index = new MiniSearch<Entry>({
      idField: 'name',
      fields: [...FIELDS],
      tokenize: words,
      processTerm: fold,
      searchOptions: {
        boost: BOOST,
        prefix: (term) => term.length > 2,
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      },
    })
    this.#index.addAll(
      tools.map(({ name, toolName, title, serverName, description, inputSchema }) => ({
        name,
        tool: toolName,
        title: title === toolName ? '' : title,
        server: serverName,
        description,
        parameters: parametersOf(inputSchema),
      })),
    )
  }

  /** The tools that have anything to do with the query, the best first. */
  find(query: string): ToolDescriptor[] {
    return this.#index
      .search(query)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .flatMap(({ id }) => this.#tools.get(id) ?? [])
  }
}

function parametersOf({ properties }: Record<string, unknown>): string {
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).join(' ') : ''
}
