import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { fillMatrix, readToolPolicy, type ToolException } from '@/lib/access/tool-policy'
import { describeSwitch, readSwitches, switchOver, type ToolSwitch } from '@/lib/access/tool-switches'
import { type PolicyMatrix, type Risk, ROLES, type Role, type ToolPolicy } from '@/lib/access/types'
import type { ListedTool } from '@/lib/mcp/catalogue'
import type { ToolOverride } from '@/lib/mcp/config'
import type { ServerReview } from '@/lib/mcp/reviews'
import type { ServerEntry } from '@/lib/mcp/target'
import type { PolicySource, ReviewState, RiskSource, ToolBlock, ToolDescriptor } from '@/lib/mcp/types'
import type { Store } from '@/lib/stores/contract'

/** Everything that an organisation decided about tools, as it was when it was read. */
export interface Rules {
  matrix: PolicyMatrix
  /** `exceptionKey` → what was decided about the tool. */
  exceptions: Map<string, ToolException>
  switches: ToolSwitch[]
  reviews: Map<string, ServerReview>
}

const exceptionKey = (serverId: string, toolName: string) => `${serverId}/${toolName}`

/** What is decided about all servers at once, as it is now. */
export type Decisions = Pick<Rules, 'matrix' | 'exceptions' | 'switches'>

export async function readDecisions(store: Store, organisationId: string, defaults: PolicyMatrix): Promise<Decisions> {
  const [{ policy }, switches] = await Promise.all([
    readToolPolicy(store, organisationId),
    readSwitches(store, organisationId),
  ])
  const exceptions = new Map(policy.exceptions.map((one) => [exceptionKey(one.serverId, one.toolName), one]))
  return { matrix: fillMatrix(policy.matrix, defaults), exceptions, switches }
}

/** A listed tool with everything that is decided about it, but for the name that the model sees. */
export function applyRules(entry: ServerEntry, tool: ListedTool, rules: Rules): Omit<ToolDescriptor, 'name'> {
  const exception = rules.exceptions.get(exceptionKey(entry.id, tool.toolName))
  const own = Object.hasOwn(entry.tools, tool.toolName) ? entry.tools[tool.toolName] : undefined
  const { risk, riskSource } = resolveRisk(entry, tool.annotations, own, exception)
  const decided = resolvePolicy(entry, own, exception, rules.matrix, risk)
  const review = entry.origin === 'builtin' ? 'reviewed' : reviewOf(tool, rules.reviews.get(entry.id))
  const { toolName, title, description, inputSchema, annotations, fingerprint } = tool
  const listed = { toolName, title, description, inputSchema, annotations, fingerprint }
  const place = { serverId: entry.id, serverName: entry.name }
  const blocked = blockOf({ ...place, toolName, risk }, review, rules.switches)
  const policy = byRole((role): ToolPolicy => (blocked ? 'hidden' : decided[role].policy))
  return { ...listed, ...place, risk, riskSource, policy, decided, review, blocked }
}

/** What is switched off, in sentences. */
export const noticesOf = ({ switches }: Rules): string[] => switches.map(describeSwitch)

/** Risk by the server's own claims: what does not say that it only reads, or that it does not destroy, destroys. */
function declaredRisk(annotations: ToolAnnotations | undefined): { risk: Risk; riskSource: RiskSource } {
  if (annotations?.readOnlyHint === true) return { risk: 'read', riskSource: 'annotations' }
  if (annotations?.destructiveHint === false) return { risk: 'write', riskSource: 'annotations' }
  const says = annotations?.destructiveHint === true || annotations?.readOnlyHint === false
  return { risk: 'destructive', riskSource: says ? 'annotations' : 'none' }
}

/** Risk as a server that nobody has decided on has it: its own setting, else its claims. */
export const riskOf = (annotations: ToolAnnotations | undefined, own: ToolOverride | undefined): Risk =>
  own?.risk ?? declaredRisk(annotations).risk

/** What a provisioning file says stays; then the organisation's exception, the server's own setting, its claims. */
function resolveRisk(
  { origin }: ServerEntry,
  annotations: ToolAnnotations | undefined,
  own: ToolOverride | undefined,
  exception: ToolException | undefined,
): { risk: Risk; riskSource: RiskSource } {
  if (origin === 'provisioned' && own?.risk) return { risk: own.risk, riskSource: 'provisioned' }
  if (exception?.risk) return { risk: exception.risk, riskSource: 'exception' }
  if (own?.risk) return { risk: own.risk, riskSource: 'server' }
  return declaredRisk(annotations)
}

/** The organisation's matrix, then the server's policy, then the tool's exception; what is provisioned stays. */
function resolvePolicy(
  { origin, policy: server }: ServerEntry,
  own: ToolOverride | undefined,
  exception: ToolException | undefined,
  matrix: PolicyMatrix,
  risk: Risk,
): ToolDescriptor['decided'] {
  const source: PolicySource = origin === 'provisioned' ? 'provisioned' : 'server'
  return byRole((role) => {
    const ofServer = own?.policy?.[role] ?? server[role]?.[risk]
    const ofException = exception?.policy?.[role]
    if (ofServer && (source === 'provisioned' || !ofException)) return { policy: ofServer, source }
    if (ofException) return { policy: ofException, source: 'exception' }
    return { policy: matrix[role][risk], source: 'matrix' }
  })
}

function reviewOf({ key, fingerprint }: ListedTool, review: ServerReview | undefined): ReviewState {
  const known = review && Object.hasOwn(review.fingerprints, key) ? review.fingerprints[key] : undefined
  if (known === undefined) return 'new'
  return known === fingerprint ? 'reviewed' : 'changed'
}

function blockOf(
  tool: { serverId: string; serverName: string; toolName: string; risk: Risk },
  review: ReviewState,
  switches: ToolSwitch[],
): ToolBlock | null {
  const off = switchOver(switches, tool)
  if (off) return { kind: 'switched-off', message: describeSwitch(off) }
  const name = `The tool ${tool.toolName} of ${tool.serverName}`
  if (review === 'new') return { kind: 'new', message: `${name} waits for an administrator’s review.` }
  if (review === 'changed')
    return {
      kind: 'changed',
      message: `${name} changed its definition after an administrator had reviewed it, and waits for another review.`,
    }
  return null
}

const byRole = <T>(of: (role: Role) => T) =>
  Object.fromEntries(ROLES.map((role) => [role, of(role)])) as Record<Role, T>
