import type { ConnectionPool } from '@/lib/mcp/connect'
import { McpFailure, toFailure } from '@/lib/mcp/failures'
import { cutText, readOutput } from '@/lib/mcp/output'
import { request } from '@/lib/mcp/request'
import type { ServerEntry, Target } from '@/lib/mcp/target'
import type { ToolCallInput, ToolOutcome } from '@/lib/mcp/types'

/** Progress keeps a call alive for at most so many times its timeout. */
const HARD_TIMEOUT_FACTOR = 10

/** Makes one call. Never throws for what a tool, a server or `beforeSend` does: that is an outcome. */
export async function callTool(
  pool: ConnectionPool,
  entry: ServerEntry,
  input: ToolCallInput,
  maxResponseBytes: number,
): Promise<ToolOutcome> {
  let sent = false
  let target: Target | null = null
  try {
    target = entry.target({ organisation: input.organisation, user: input.user })
    const { call } = target.timeouts
    const result = await pool.use(target, input.signal, async (connection) => {
      sent = false
      if (input.signal.aborted) throw cancelledUnsent()
      try {
        input.beforeSend()
      } catch {
        throw new McpFailure('refused', 'was not called: the call was stopped right before it was sent', {
          unsent: true,
        })
      }
      sent = true
      return request(
        connection,
        { method: 'tools/call', params: { name: input.tool.toolName, arguments: input.arguments } },
        {
          timeout: call,
          hardTimeout: call * HARD_TIMEOUT_FACTOR,
          signal: input.signal,
          // Asked for even if nobody listens: progress keeps a long call alive.
          onProgress: (progress) => input.onProgress?.(progress),
        },
      )
    })
    return readResult(result, input, maxResponseBytes)
  } catch (error) {
    return failed(toFailure(error), input, sent, target?.secrets ?? [])
  }
}

function readResult(result: Record<string, unknown>, input: ToolCallInput, maxBytes: number): ToolOutcome {
  const output = readOutput(result, maxBytes)
  if (result.isError !== true) return { status: 'ok', ...output }
  const { content } = output
  const first = content[0]
  const text = content.length === 1 && first?.type === 'text' ? first.text : ''
  if (/^MCP error -32602: Tool .{1,600} not found$/s.test(text)) return unknownTool(input, true)
  const message = `The tool ${input.tool.toolName} of ${input.tool.serverName} answered that it failed.`
  return { status: 'error', reason: 'tool', message, content, sent: true }
}

function failed(failure: McpFailure, input: ToolCallInput, sent: boolean, secrets: string[]): ToolOutcome {
  const { upstream } = failure
  if (failure.kind === 'protocol' && upstream) {
    const unknown = /unknown tool|tool\b.*\bnot found|no such tool/i.test(upstream.message)
    if (unknown && (upstream.code === -32602 || upstream.code === -32601)) return unknownTool(input, true)
    const text = cutText(redact(upstream.message, secrets), 500)
    const message = `The server ${input.tool.serverName} ${failure.message}.`
    return {
      status: 'error',
      reason: 'tool',
      message,
      content: [{ type: 'text', text, mediaType: 'text/plain' }],
      sent,
    }
  }
  const reason = failure.kind === 'session_lost' || failure.kind === 'protocol' ? 'unreachable' : failure.kind
  return {
    status: 'error',
    reason,
    message: `The server ${input.tool.serverName} ${failure.message}.`,
    content: [],
    sent: sent && !failure.unsent && failure.kind !== 'session_lost',
  }
}

export function unknownTool(input: ToolCallInput, sent: boolean): ToolOutcome {
  const message = `There is no tool ${input.tool.toolName} on ${input.tool.serverName} (any more).`
  return { status: 'error', reason: 'unknown_tool', message, content: [], sent }
}

const cancelledUnsent = () => new McpFailure('cancelled', 'was not called: cancelled', { unsent: true })

/** A server may echo the headers it was sent. */
function redact(text: string, secrets: string[]): string {
  return secrets.filter((secret) => secret.length >= 4).reduce((kept, secret) => kept.replaceAll(secret, '[…]'), text)
}
