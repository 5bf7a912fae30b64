import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { auditOperation } from '@/lib/access/audit'
import { requireMembership } from '@/lib/access/memberships'
import {
  type OrganisationToolPolicy,
  type PolicyCells,
  readToolPolicy,
  TOOL_POLICY_DOCUMENT,
  type ToolException,
  toolPolicies,
} from '@/lib/access/tool-policy'
import { RISKS, type Risk, ROLES, type Role, type ToolPolicy } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict } from '@/lib/errors'
import type { Catalogue } from '@/lib/mcp/types'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

/** Null takes a decision back: what is below it holds again. */
export interface ExceptionChange {
  serverId: string
  toolName: string
  risk?: Risk | null
  policy?: Partial<Record<Role, ToolPolicy | null>>
}

export interface ChangeToolPolicyInput {
  organisationId: string
  matrix?: Partial<Record<Role, Partial<Record<Risk, ToolPolicy | null>>>>
  exceptions?: ExceptionChange[]
}

const MOST_EXCEPTIONS = 2000
/** A commit carries the policy and the record of its change. */
const MOST_BYTES = 256 * 1024

/**
 * Changes single cells of the matrix and single tools' exceptions; what is not named stays, so two administrators at
 * once do not undo each other. Effective at the next call of every run. Throws `forbidden` for all but admins,
 * `bad_request` for a server that is not there, `conflict` for what a provisioning file manages.
 */
export async function changeToolPolicy(ctx: Ctx, input: ChangeToolPolicyInput): Promise<OrganisationToolPolicy> {
  const { organisationId, matrix = {}, exceptions = [] } = input
  const { organisation } = await requireMembership(ctx, organisationId, 'admin')
  const { store, tools } = ctx.services
  if (exceptions.length > 0) {
    const catalogue = await tools.catalogue(organisation, await userOf(store, ctx.principal))
    for (const [index, change] of exceptions.entries()) requireChangeable(catalogue, change, `exceptions.${index}`)
  }
  return retryOnConflict(5, async () => {
    const { version, policy: before } = await readToolPolicy(store, organisationId)
    const after: OrganisationToolPolicy = {
      matrix: mergeCells(before.matrix, matrix),
      exceptions: exceptions.reduce(mergeException, before.exceptions),
      updatedAt: Date.now(),
    }
    const bytes = Buffer.byteLength(JSON.stringify(after))
    if (after.exceptions.length > MOST_EXCEPTIONS || bytes > MOST_BYTES)
      throw conflict(`An organisation has at most ${MOST_EXCEPTIONS} exceptions. Set a server’s policy instead.`)
    const same = isDeepStrictEqual([after.matrix, after.exceptions], [before.matrix, before.exceptions])
    if (same) return before
    const audit = await auditOperation(ctx, {
      organisationId,
      action: 'tool-policy.change',
      target: { kind: 'tool-policy', id: organisationId, name: 'Tool policy' },
      before: { matrix: before.matrix, exceptions: named(before.exceptions, exceptions) },
      after: { matrix: after.matrix, exceptions: named(after.exceptions, exceptions) },
    })
    const condition = version > 0 ? { ifVersion: version } : { ifAbsent: true as const }
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: randomUUID(),
      operations: [toolPolicies.put(TOOL_POLICY_DOCUMENT, after, condition), audit],
    })
    return after
  })
}

/** Throws unless the server is there and no provisioning file has said what is to be changed. */
function requireChangeable({ servers, tools }: Catalogue, change: ExceptionChange, field: string): void {
  const server = servers.find(({ id }) => id === change.serverId)
  if (!server) throw badRequest(`${field}.serverId`, 'There is no such server in this organisation.')
  const tool = tools.find(({ serverId, toolName }) => serverId === server.id && toolName === change.toolName)
  const locked = (what: string) =>
    conflict(`A provisioning file manages ${what} of the tool ${change.toolName}; change it there.`)
  if (change.risk && tool?.riskSource === 'provisioned') throw locked('the risk')
  for (const role of ROLES)
    if (change.policy?.[role] && tool?.decided[role].source === 'provisioned')
      throw locked(`what the role ${role} may do with it, as a setting`)
}

function mergeCells(before: PolicyCells, change: NonNullable<ChangeToolPolicyInput['matrix']>): PolicyCells {
  const after: PolicyCells = {}
  for (const role of ROLES)
    for (const risk of RISKS) {
      const wanted = change[role]?.[risk]
      const policy = wanted === undefined ? before[role]?.[risk] : wanted
      if (policy) after[role] = { ...after[role], [risk]: policy }
    }
  return after
}

function mergeException(all: ToolException[], change: ExceptionChange): ToolException[] {
  const before = all.find((one) => isSameTool(one, change))
  const risk = change.risk === undefined ? before?.risk : change.risk
  const policy: ToolException['policy'] = {}
  for (const role of ROLES) {
    const wanted = change.policy?.[role]
    const decided = wanted === undefined ? before?.policy?.[role] : wanted
    if (decided) policy[role] = decided
  }
  const others = all.filter((one) => one !== before)
  const hasPolicy = Object.keys(policy).length > 0
  if (!risk && !hasPolicy) return others
  const { serverId, toolName } = change
  const after = { serverId, toolName, ...(risk ? { risk } : {}), ...(hasPolicy ? { policy } : {}) }
  return before ? all.map((one) => (one === before ? after : one)) : [...all, after]
}

type ToolPlace = Pick<ToolException, 'serverId' | 'toolName'>
const isSameTool = (a: ToolPlace, b: ToolPlace) => a.serverId === b.serverId && a.toolName === b.toolName

/** Those that a change named, for the audit log. */
const named = (all: ToolException[], changes: ExceptionChange[]) =>
  all.filter((one) => changes.some((change) => isSameTool(one, change)))
