import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { refusalIn } from '@/lib/network/refused'

export type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'cancelled'
  | 'too_large'
  | 'refused'
  /** The server does not know the session (any more): the request was certainly not executed. */
  | 'session_lost'
  /** The server answered with a JSON-RPC error, or with something that is not MCP. */
  | 'protocol'

/** What went wrong between us and an MCP server, in words of our own. The message reads on after "The server …". */
export class McpFailure extends Error {
  readonly kind: FailureKind
  /** True when the request certainly never left this process. */
  readonly unsent: boolean
  /** True when another asker may well get an answer. */
  readonly ofAsker: boolean
  /** A JSON-RPC error as the server sent it: for the tool's result only, never for a log. */
  readonly upstream?: { code: number; message: string }

  constructor(
    kind: FailureKind,
    message: string,
    details: { unsent?: boolean; ofAsker?: boolean; upstream?: { code: number; message: string } } = {},
  ) {
    super(message)
    this.name = 'McpFailure'
    this.kind = kind
    this.unsent = details.unsent ?? false
    this.ofAsker = details.ofAsker ?? false
    this.upstream = details.upstream
  }
}

const UNSENT_CODES: Record<string, string> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'cannot be found: its host name does not resolve',
  EAI_AGAIN: 'cannot be found: its host name does not resolve now',
  EHOSTUNREACH: 'cannot be reached: there is no route to its host',
  ENETUNREACH: 'cannot be reached: there is no route to its network',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept the connection in time',
  ENOENT: 'cannot be started: its command was not found',
  EACCES: 'cannot be started: its command may not be executed',
}

/** Turns whatever the SDK, the network or the parser threw into a failure without the upstream's own text. */
export function toFailure(error: unknown): McpFailure {
  const chain = causes(error)
  const own = chain.find((cause) => cause instanceof McpFailure)
  if (own) return own as McpFailure
  const refused = refusalIn(error)
  if (refused) return new McpFailure('refused', `is not called: ${clause(refused.message)}`, { unsent: true })
  for (const cause of chain) {
    const code = (cause as { code?: unknown }).code
    if (typeof code !== 'string') continue
    const words = UNSENT_CODES[code]
    if (words) return new McpFailure('unreachable', words, { unsent: true })
    if (/^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code))
      return new McpFailure('unreachable', 'has a TLS certificate that cannot be verified', { unsent: true })
  }
  // Of fetch: ports of other protocols, which no request may be smuggled to.
  if (chain.some((cause) => cause instanceof Error && cause.message === 'bad port'))
    return new McpFailure('refused', 'cannot be called: its port belongs to another protocol', { unsent: true })
  if (error instanceof McpError) {
    if (error.code === ErrorCode.ConnectionClosed)
      return new McpFailure('unreachable', 'closed the connection before it answered')
    return new McpFailure('protocol', `answered with a protocol error (code ${error.code})`, {
      upstream: { code: error.code, message: error.message.replace(/^MCP error -?\d+: /, '') },
    })
  }
  if (error instanceof Error && error.message === 'Not connected')
    return new McpFailure('unreachable', 'closed the connection', { unsent: true })
  if (error instanceof SyntaxError) return new McpFailure('protocol', 'answered with something that is not JSON')
  if (error instanceof Error && error.name.includes('Zod'))
    return new McpFailure('protocol', 'answered with something that is not MCP')
  const status = (error as { code?: unknown } | null)?.code
  // The SDK's numbers for an answer of a media type that is none of the protocol's: -1, legacy 200.
  if (status === -1 || status === 200) return new McpFailure('protocol', 'answered with something that is not MCP')
  if (typeof status === 'number' && status >= 300) return httpFailure(status)
  return new McpFailure('unreachable', 'broke the connection')
}

/** A sentence as the end of one of ours. */
const clause = (sentence: string) =>
  (/^(The|This|It) /.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence).replace(
    /\.$/,
    '',
  )

/** The failure for an HTTP status that is not a success. */
export function httpFailure(status: number): McpFailure {
  if (status === 401 || status === 403)
    return new McpFailure('unreachable', `refused the credentials it was sent (HTTP ${status})`)
  if (status === 404) return new McpFailure('unreachable', 'has no MCP endpoint at its address (HTTP 404)')
  return new McpFailure('unreachable', `answered HTTP ${status}`)
}

function causes(error: unknown): unknown[] {
  const found: unknown[] = []
  let current = error
  while (current && typeof current === 'object' && found.length < 8) {
    found.push(current)
    if (current instanceof AggregateError) found.push(...current.errors)
    current = (current as { cause?: unknown }).cause
  }
  return found
}
