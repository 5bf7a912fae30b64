import type { Logger } from 'pino'
import type { Risk } from '@/lib/access/types'
import { listServerTools } from '@/lib/mcp/catalogue'
import { ConnectionPool } from '@/lib/mcp/connect'
import { type McpFailure, toFailure } from '@/lib/mcp/failures'
import type { Asker } from '@/lib/mcp/headers'
import { riskOf } from '@/lib/mcp/rules'
import type { ServerEntry } from '@/lib/mcp/target'

export interface TestedTool {
  name: string
  title: string
  description: string
  risk: Risk
}

/** What really came back when a server was tried. */
export type ServerTest =
  | {
      outcome: 'answered'
      milliseconds: number
      /** As the server calls itself. */
      server: { name: string; version: string }
      protocolVersion: string | null
      tools: TestedTool[]
      /** Definitions that cannot be used: malformed, listed twice or too many. */
      leftOut: number
    }
  /** The message is a whole sentence. */
  | { outcome: 'failed'; milliseconds: number; message: string }

export interface ProbeOptions {
  maxResponseBytes: number
  logger: Logger
  onFailure?: (failure: McpFailure) => void
}

/** Connects anew, lists the tools, and hangs up; nothing of it is kept. Never throws for what the server does. */
export async function probe(entry: ServerEntry, asker: Asker, options: ProbeOptions): Promise<ServerTest> {
  const began = Date.now()
  const { maxResponseBytes, logger } = options
  const pool = new ConnectionPool({ maxResponseBytes, logger, idleMilliseconds: 60_000, onStale: () => {} })
  try {
    const target = entry.target(asker)
    const { tools, leftOut } = await listServerTools(target, pool)
    const { server, protocolVersion } = await pool.use(target, null, async ({ client, protocolVersion }) => ({
      server: client.getServerVersion(),
      protocolVersion,
    }))
    return {
      outcome: 'answered',
      milliseconds: Date.now() - began,
      server: { name: short(server?.name), version: short(server?.version) },
      protocolVersion,
      tools: tools.map(({ toolName, title, description, annotations }) => ({
        name: toolName,
        title,
        description,
        risk: riskOf(annotations, Object.hasOwn(entry.tools, toolName) ? entry.tools[toolName] : undefined),
      })),
      leftOut,
    }
  } catch (error) {
    const failure = toFailure(error)
    options.onFailure?.(failure)
    return { outcome: 'failed', milliseconds: Date.now() - began, message: `The server ${failure.message}.` }
  } finally {
    await pool.close()
  }
}

const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : '')
