/** What a role may do grows from left to right. */
export const ROLES = ['viewer', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const roleAtLeast = (role: Role, minimum: Role) => ROLES.indexOf(role) >= ROLES.indexOf(minimum)

/** The one of the two that may less. */
export const lowerRole = (one: Role, other: Role): Role => (roleAtLeast(one, other) ? other : one)

/** Who acts. It is stored with every run, so that role and policy can be looked up again at each tool call. */
export type Principal = { kind: 'user'; id: string } | { kind: 'token'; id: string; organisationId: string }

/** One string per principal: `user:…` or `token:…`; used as owner, in indexes and in counters. */
export const principalKey = (principal: Principal) => `${principal.kind}:${principal.id}`

export const RISKS = ['read', 'write', 'destructive'] as const
export type Risk = (typeof RISKS)[number]

export const TOOL_POLICIES = ['hidden', 'ask', 'auto'] as const
export type ToolPolicy = (typeof TOOL_POLICIES)[number]

/** Role × risk → policy. */
export type PolicyMatrix = Record<Role, Record<Risk, ToolPolicy>>

export interface OrganisationLimits {
  stepsPerRun: number
  minutesPerRun: number
  /** Runs that are executed at the same time, over all instances; further ones wait, first come first served. */
  runsAtOnce: number
  runsAtOncePerPrincipal: number
  eventsPerRun: number
  bytesPerRun: number
  /** How long a call waits for a person's approval; then it counts as rejected. */
  approvalMinutes: number
  /** How long the log of a settled run is kept; the session keeps its transcript. */
  logDays: number
  evidenceDays: number
  /** Sessions that nobody has touched for so long are deleted; null: never. */
  sessionDays: number | null
}

/** An organisation as it is stored in its own partition. */
export interface Organisation {
  id: string
  slug: string
  name: string
  /** The tenant's id elsewhere (a Grafana organisation); fills `{{org.externalId}}`. */
  externalId: string | null
  limits: OrganisationLimits
  /** The fields that a provisioning file says: `name`, `limits.stepsPerRun` …; missing where none names it. */
  managed?: string[]
  createdAt: number
}

export interface User {
  id: string
  email: string
  name: string
}

/** A role in an organisation, as it is now. */
export interface Membership {
  organisation: Organisation
  role: Role
}
