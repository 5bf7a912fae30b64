import { badRequest } from '@/lib/errors'
import { DEFAULT_TIMEOUTS, type McpServer, type McpTimeouts, type SealedText } from '@/lib/mcp/config'
import { templateProblem } from '@/lib/mcp/headers'
import type { OutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'

/** What a person says of a server. `stdio` is for provisioning files only: it would run a command on our machine. */
export interface ServerSettings {
  name: string
  transport: 'streamable-http' | 'sse'
  url: string
  /** All of them. A header without a value keeps the one that is stored; one that is not named is removed. */
  headers: { name: string; value?: string }[]
  timeouts: Partial<McpTimeouts>
  enabled: boolean
}

interface Sealing {
  outbound: OutboundGuard
  secrets: SecretBox
  organisationId: string
}

/** Set by the protocol or the connection itself. */
const RESERVED_HEADER =
  /^(accept|connection|content-.*|host|keep-alive|last-event-id|mcp-.*|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i

/**
 * The server as these settings make it, values sealed; `before` is what is stored. Throws `bad_request` that names the
 * field, also when the address leads to another origin and stored values would go there.
 */
export function applySettings(before: McpServer, settings: Partial<ServerSettings>, sealing: Sealing): McpServer {
  const { transport: known } = before
  const knownUrl = known.kind === 'stdio' ? '' : known.url
  const url = sealing.outbound.requireUrl('url', settings.url ?? knownUrl).href
  const kind = settings.transport ?? (known.kind === 'stdio' ? 'streamable-http' : known.kind)
  const moved = knownUrl !== '' && new URL(knownUrl).origin !== new URL(url).origin
  const headers = settings.headers ?? Object.keys(before.headers).map((name) => ({ name }))
  return {
    ...before,
    name: settings.name ?? before.name,
    transport: { kind, url },
    headers: sealHeaders(headers, before.headers, moved, sealing),
    timeouts: { ...DEFAULT_TIMEOUTS, ...before.timeouts, ...settings.timeouts },
    enabled: settings.enabled ?? before.enabled,
  }
}

function sealHeaders(
  headers: ServerSettings['headers'],
  stored: McpServer['headers'],
  moved: boolean,
  { secrets, organisationId }: Sealing,
): McpServer['headers'] {
  const sealed: Record<string, SealedText> = {}
  const names = new Set<string>()
  headers.forEach(({ name, value }, index) => {
    const field = `headers.${index}`
    if (RESERVED_HEADER.test(name)) throw badRequest(`${field}.name`, 'This header is set by the protocol itself.')
    if (names.has(name.toLowerCase())) throw badRequest(`${field}.name`, 'This header is named twice.')
    names.add(name.toLowerCase())
    if (value !== undefined) {
      const problem = templateProblem(value)
      if (problem) throw badRequest(`${field}.value`, problem)
      sealed[name] = secrets.seal(value, organisationId)
      return
    }
    const kept = Object.entries(stored).find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1]
    if (!kept) throw badRequest(`${field}.value`, 'This header has no value yet.')
    // Else whoever may change the address could have the stored value sent to a machine of their own, and read it there.
    if (moved) throw badRequest(`${field}.value`, 'The address leads to another server now: enter this value anew.')
    sealed[name] = kept
  })
  return sealed
}
