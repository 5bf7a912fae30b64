import { randomUUID } from 'node:crypto'
import { auditOperation } from '@/lib/access/audit'
import { ORGANISATION_DOCUMENT, organisations } from '@/lib/access/collections'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import { DEFAULT_LIMITS } from '@/lib/access/organisations'
import type { Organisation, OrganisationLimits } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { conflict, LongwatchError, notFound } from '@/lib/errors'
import type { Versioned } from '@/lib/stores/collection'

export interface GeneralSettings {
  slug: string
  name: string
  externalId: string | null
  limits: OrganisationLimits
  /** What a provisioning file says and nobody can change here: `name`, `externalId`, `limits.stepsPerRun` … */
  managed: string[]
  /** Changes with every change; hand it back with the next one. */
  version: number
}

export interface GeneralSettingsChange {
  org?: string
  /** What the change was made from; without it, whatever is there is changed. */
  version?: number
  name?: string
  externalId?: string | null
  limits?: Partial<OrganisationLimits>
}

/** The organisation's own settings. Throws `forbidden` for all but admins. */
export async function getGeneralSettings(ctx: Ctx, input: { org?: string }): Promise<GeneralSettings> {
  return settingsOf(await findAsAdmin(ctx, input.org))
}

/**
 * Changes the organisation's own settings; they count from the next run on. Throws `conflict` when somebody else
 * changed them since `version`, or, naming the field, when a provisioning file manages it; `forbidden` for all but admins.
 */
export async function changeGeneralSettings(ctx: Ctx, input: GeneralSettingsChange): Promise<GeneralSettings> {
  for (;;) {
    const before = await findAsAdmin(ctx, input.org)
    if (input.version !== undefined && input.version !== before.version)
      throw conflict('Somebody else changed these settings meanwhile.')
    const after: Organisation = {
      ...before.body,
      name: input.name ?? before.body.name,
      externalId: input.externalId === undefined ? before.body.externalId : input.externalId,
      limits: { ...before.body.limits, ...input.limits },
    }
    const changes = changedFields(before.body, after)
    if (changes.length === 0) return settingsOf(before)
    const managed = changes.find((field) => before.body.managed?.includes(field))
    if (managed)
      throw new LongwatchError('conflict', 'A provisioning file manages this; change it there.', { field: managed })
    const { id } = before.body
    const result = await ctx.services.store.commit({
      partition: id,
      operationId: randomUUID(),
      operations: [
        organisations.put(ORGANISATION_DOCUMENT, after, { ifVersion: before.version }),
        await auditOperation(ctx, {
          organisationId: id,
          action: 'organisation.update',
          target: { kind: 'organisation', id, name: after.name },
          before: only(before.body, changes),
          after: only(after, changes),
        }),
      ],
    })
    if (result.status === 'applied') return settingsOf(await findAsAdmin(ctx, id))
  }
}

async function findAsAdmin(ctx: Ctx, org: string | undefined): Promise<Versioned<Organisation>> {
  const { organisation } = await chooseOrganisation(ctx, org)
  await requireMembership(ctx, organisation.id, 'admin')
  const found = await organisations.get(ctx.services.store, organisation.id, ORGANISATION_DOCUMENT)
  if (!found) throw notFound('organisation')
  return { ...found, body: { ...found.body, limits: { ...DEFAULT_LIMITS, ...found.body.limits } } }
}

const settingsOf = ({ version, body }: Versioned<Organisation>): GeneralSettings => ({
  slug: body.slug,
  name: body.name,
  externalId: body.externalId,
  limits: body.limits,
  managed: body.managed ?? [],
  version,
})

const LIMITS = Object.keys(DEFAULT_LIMITS) as (keyof OrganisationLimits)[]

function changedFields(before: Organisation, after: Organisation): string[] {
  const own = (['name', 'externalId'] as const).filter((field) => before[field] !== after[field])
  const limits = LIMITS.filter((limit) => before.limits[limit] !== after.limits[limit])
  return [...own, ...limits.map((limit) => `limits.${limit}`)]
}

/** For the audit log: the fields that changed. */
function only(organisation: Organisation, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const [, limit] = field.split('limits.')
      const value = limit ? organisation.limits[limit as keyof OrganisationLimits] : organisation[field as 'name']
      return [field, value]
    }),
  )
}
