import { randomUUID } from 'node:crypto'
import { auditOperation } from '@/lib/access/audit'
import type { AuditActor } from '@/lib/access/audit-collection'
import { requireMembership } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { principalKey, type Risk } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { conflict } from '@/lib/errors'
import { Collection } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

/** What an emergency switch takes away from everybody at once: one tool, one server, or all that is not reading. */
export type SwitchTarget =
  | { kind: 'tool'; serverId: string; toolName: string }
  | { kind: 'server'; serverId: string }
  | { kind: 'writes' }

/** One thing that is switched off. */
export interface ToolSwitch {
  target: SwitchTarget
  /** What it is called, as it was then. */
  name: string
  by: AuditActor
  /** Unix milliseconds. */
  at: number
  /** In the administrator's words; may be empty. */
  reason: string
}

interface ToolSwitches {
  off: ToolSwitch[]
}

/** Of an organisation, which has at most one. */
const toolSwitches = new Collection<ToolSwitches>({ name: 'tool-switches', v: 1 })
const DOCUMENT = 'tool-switches'
const MOST_SWITCHES = 500

/** Woken when something is switched off or on. */
export const switchesTopic = (organisationId: string) => `tool-switches:${organisationId}`

/** What is switched off now, the first one first. */
export async function readSwitches(store: Store, organisationId: string): Promise<ToolSwitch[]> {
  const stored = await toolSwitches.get(store, organisationId, DOCUMENT)
  return stored?.body.off ?? []
}

/** The switch that takes this tool away, if there is one: the one for the most is named. */
export function switchOver(
  switches: ToolSwitch[],
  tool: { serverId: string; toolName: string; risk: Risk },
): ToolSwitch | null {
  const by = (kind: SwitchTarget['kind'], covers: (target: SwitchTarget) => boolean) =>
    switches.find(({ target }) => target.kind === kind && covers(target))
  return (
    (tool.risk === 'read' ? undefined : by('writes', () => true)) ??
    by('server', (target) => target.kind === 'server' && target.serverId === tool.serverId) ??
    by(
      'tool',
      (target) => target.kind === 'tool' && target.serverId === tool.serverId && target.toolName === tool.toolName,
    ) ??
    null
  )
}

/** What it is, who switched it off, when and why, in one sentence for the model and the person. */
export function describeSwitch({ target, name, by, at, reason }: ToolSwitch): string {
  const what =
    target.kind === 'writes'
      ? 'Every tool that changes anything'
      : target.kind === 'server'
        ? `Every tool of the server ${name}`
        : `The tool ${name}`
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `${what} was switched off by the administrator ${by.name} at ${when} UTC${reason ? `: “${reason}”` : ''}.`
}

/** A switch as members see it. */
export type SwitchView = SwitchTarget & Pick<ToolSwitch, 'name' | 'at' | 'reason'> & { by: string }

export const viewSwitch = ({ target, name, by, at, reason }: ToolSwitch): SwitchView => ({
  ...target,
  name,
  by: by.name,
  at,
  reason,
})

/** What is switched off now, for every member. Throws `not_found` for strangers. */
export async function listSwitches(ctx: Ctx, input: { organisationId: string }): Promise<ToolSwitch[]> {
  await requireMembership(ctx, input.organisationId)
  return readSwitches(ctx.services.store, input.organisationId)
}

export interface TurnSwitchInput {
  organisationId: string
  target: SwitchTarget
  /** What it is called, for those who read of it. */
  name: string
  /** True takes it away; false gives it back. */
  off: boolean
  reason: string
}

/**
 * Switches something off or on again, effective at the next call of every run. What is so already stays as it is, with
 * its who and when. Answers what is switched off then. Throws `forbidden` for all but admins, `conflict` when too many are.
 */
export async function turnSwitch(ctx: Ctx, input: TurnSwitchInput): Promise<ToolSwitch[]> {
  const { organisationId, target, name, reason } = input
  await requireMembership(ctx, organisationId, 'admin')
  const { store } = ctx.services
  return retryOnConflict(5, async () => {
    const stored = await toolSwitches.get(store, organisationId, DOCUMENT)
    const before = stored?.body.off ?? []
    const known = before.find((one) => keyOf(one.target) === keyOf(target))
    if (Boolean(known) === input.off) return before
    if (input.off && before.length >= MOST_SWITCHES)
      throw conflict(`At most ${MOST_SWITCHES} things can be switched off. Switch a whole server off instead.`)
    const by = { key: principalKey(ctx.principal), name: await nameOf(store, ctx.principal) }
    const added: ToolSwitch = { target, name, by, at: Date.now(), reason }
    const off = known ? before.filter((one) => one !== known) : [...before, added]
    const audit = await auditOperation(ctx, {
      organisationId,
      action: input.off ? 'tool-switch.off' : 'tool-switch.on',
      target: { kind: `tool-switch-${target.kind}`, id: auditedId(target), name },
      before: known ?? null,
      after: known ? null : added,
    })
    const condition = stored ? { ifVersion: stored.version } : { ifAbsent: true as const }
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: randomUUID(),
      operations: [toolSwitches.put(DOCUMENT, { off }, condition), audit],
      signals: [switchesTopic(organisationId)],
    })
    return off
  })
}

const keyOf = (target: SwitchTarget) =>
  JSON.stringify(
    target.kind === 'tool'
      ? [target.kind, target.serverId, target.toolName]
      : target.kind === 'server'
        ? [target.kind, target.serverId]
        : [target.kind],
  )

const auditedId = (target: SwitchTarget) =>
  target.kind === 'tool'
    ? `${target.serverId}/${target.toolName}`
    : target.kind === 'server'
      ? target.serverId
      : 'writes'
