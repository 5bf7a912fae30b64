import { type Principal, principalKey, type Risk, type Role, roleAtLeast, type ToolPolicy } from '@/lib/access/types'

/** What of a session says who decides in it. */
export interface DecisionPlace {
  owner: string
  visibility: 'private' | 'organisation'
}

export interface Decider {
  key: string
  role: Role
}

/**
 * Who may decide about a call: the asker about their own in their private session; elsewhere, and for tokens, an
 * editor about what writes and an admin about what destroys.
 */
export function decidableBy(place: DecisionPlace, asker: string, risk: Risk): 'asker' | 'editor' | 'admin' {
  const isOwn = place.visibility === 'private' && place.owner === asker && !asker.startsWith('token:')
  return isOwn ? 'asker' : risk === 'destructive' ? 'admin' : 'editor'
}

/** What is kept of an open question with its session, to tell for whom it waits. */
export interface OpenApproval {
  id: string
  asker: string
  risk: Risk
  hiddenFrom: Role[]
}

/** Whether this principal may decide. A token never decides about its own calls, and nobody about a tool hidden from them. */
export function mayDecide(place: DecisionPlace, approval: Omit<OpenApproval, 'id'>, decider: Decider): boolean {
  if (approval.hiddenFrom.includes(decider.role)) return false
  const by = decidableBy(place, approval.asker, approval.risk)
  if (by === 'asker') return decider.key === approval.asker
  const isOwnToken = decider.key === approval.asker && decider.key.startsWith('token:')
  return !isOwnToken && roleAtLeast(decider.role, by)
}

/** Whether a principal may know of a question at all: who sees the session, and who decides for a token's run. */
export function maySee(place: DecisionPlace, approval: Omit<OpenApproval, 'id'>, decider: Decider): boolean {
  if (place.visibility === 'organisation' || place.owner === decider.key) return true
  return approval.asker.startsWith('token:') && mayDecide(place, approval, decider)
}

export const hiddenFrom = (policy: Record<Role, ToolPolicy>): Role[] =>
  (Object.keys(policy) as Role[]).filter((role) => policy[role] === 'hidden')

export const openApprovalOf = (approval: {
  id: string
  asker: Principal
  risk: Risk
  policy: Record<Role, ToolPolicy>
}): OpenApproval => ({
  id: approval.id,
  asker: principalKey(approval.asker),
  risk: approval.risk,
  hiddenFrom: hiddenFrom(approval.policy),
})
