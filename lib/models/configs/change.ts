import { auditOperation } from '@/lib/access/audit'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import { nextMoment } from '@/lib/access/moment'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, LongwatchError } from '@/lib/errors'
import { newResourceId, randomId } from '@/lib/ids'
import { DEFAULT_MODEL, type ModelConfig, modelConfigs, modelDefaults } from '@/lib/models/config'
import { applySettings, type ModelSettings } from '@/lib/models/configs/input'
import { allModels, findModelConfig, MOST_MODELS, viewStored } from '@/lib/models/configs/list'
import type { ModelConfigView } from '@/lib/models/configs/view'
import { takesImagesByDefault } from '@/lib/models/images'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation } from '@/lib/stores/contract'

/** A model that is not stored yet, with nothing said of it. */
export function blankModel(organisation: Organisation): ModelConfig {
  const now = nextMoment()
  return {
    id: newResourceId('mdl', organisation.id),
    name: null,
    provider: 'openai-compatible',
    baseUrl: null,
    apiKey: null,
    model: '',
    contextTokens: 128_000,
    maxOutputTokens: 8_192,
    takesImages: false,
    prices: null,
    enabled: true,
    provisioned: false,
    createdAt: now,
    updatedAt: now,
  }
}

const nameOf = ({ name, model }: ModelConfig) => name ?? model

/** Two that people could not tell apart are refused; a name is optional, so that the model's own counts as one. */
function requireOwnName(config: ModelConfig, all: Versioned<ModelConfig>[]): void {
  if (all.some(({ id, body }) => id !== config.id && nameOf(body) === nameOf(config)))
    throw new LongwatchError('conflict', 'There is a model of this name already.', {
      field: config.name === null ? 'model' : 'name',
    })
}

export type CreateModelInput = Pick<ModelSettings, 'provider' | 'model'> &
  Partial<ModelSettings> & { org?: string; isDefault?: boolean }

/** Adds a model. Throws `forbidden` for all but admins, `bad_request` that names the field, `conflict` for a name that is taken. */
export async function createModelConfig(ctx: Ctx, input: CreateModelInput): Promise<ModelConfigView> {
  const { store, secrets, outbound } = ctx.services
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  const { org: _, isDefault, ...given } = input
  const settings = { ...given, takesImages: given.takesImages ?? takesImagesByDefault(given.provider, given.model) }
  const config = applySettings(blankModel(organisation), settings, {
    secrets,
    outbound,
    organisationId: organisation.id,
  })
  return retryOnConflict(5, async () => {
    const all = await allModels(store, organisation.id)
    if (all.length >= MOST_MODELS) throw conflict(`An organisation has at most ${MOST_MODELS} models.`)
    requireOwnName(config, all)
    const [version = 1] = await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `model:${config.id}:${randomId(10)}`,
      operations: [
        modelConfigs.put(config.id, config, { ifAbsent: true }),
        ...defaultOperations(config, isDefault),
        await auditOperation(ctx, {
          organisationId: organisation.id,
          action: 'model.create',
          target: { kind: 'model', id: config.id, name: nameOf(config) },
          after: { ...config, isDefault: isDefault ?? false },
        }),
      ],
    })
    return viewStored(ctx, { id: config.id, version, body: config }, organisation.id)
  })
}

export interface ChangeModelInput extends Partial<ModelSettings> {
  modelId: string
  /** Only true changes anything: another one becomes the default by being made it. */
  isDefault?: boolean
  /** Of the view that was changed; without it the newest is. */
  version?: number
}

/**
 * Changes a model; the next call of every run, in every process, goes by the new settings. Throws `bad_request` that names
 * the field, `conflict` for what provisioning manages, for taken names, and when somebody else changed it meanwhile.
 */
export async function changeModelConfig(ctx: Ctx, input: ChangeModelInput): Promise<ModelConfigView> {
  const { store, secrets, outbound } = ctx.services
  const { modelId, isDefault, version: seen, ...settings } = input
  return retryOnConflict(seen === undefined ? 5 : 1, async () => {
    const { organisation, config } = await findModelConfig(ctx, modelId)
    const changesSettings = Object.values(settings).some((value) => value !== undefined)
    // Which model is the default is the organisation's to say, whoever manages the model.
    if (changesSettings && config.body.provisioned)
      throw conflict('A provisioning file or the environment manages this model; change it there.')
    if (seen !== undefined && seen !== config.version)
      throw conflict('Somebody else changed this model in the meantime. Load it anew.')
    const sealing = { secrets, outbound, organisationId: organisation.id }
    const applied = changesSettings ? applySettings(config.body, settings, sealing) : config.body
    const after: ModelConfig = changesSettings ? { ...applied, updatedAt: Date.now() } : applied
    requireOwnName(after, await allModels(store, organisation.id))
    const put = changesSettings
      ? modelConfigs.put(config.id, after, { ifVersion: config.version })
      : modelConfigs.check(config.id, config.version)
    const [version = config.version] = await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `model:${config.id}:${randomId(10)}`,
      operations: [
        put,
        ...defaultOperations(after, isDefault),
        await auditOperation(ctx, {
          organisationId: organisation.id,
          action: 'model.change',
          target: { kind: 'model', id: config.id, name: nameOf(after) },
          before: config.body,
          after: {
            ...after,
            // Sealed values are not shown, so that it is said whether it is a new one.
            keyReplaced: after.apiKey?.sealed !== config.body.apiKey?.sealed,
            ...(isDefault ? { isDefault } : {}),
          },
        }),
      ],
    })
    return viewStored(
      ctx,
      { id: config.id, version: changesSettings ? version : config.version, body: after },
      organisation.id,
    )
  })
}

function defaultOperations(config: ModelConfig, isDefault: boolean | undefined): Operation[] {
  if (!isDefault) return []
  if (!config.enabled) throw badRequest('isDefault', 'A model that is switched off cannot be the default.')
  return [modelDefaults.put(DEFAULT_MODEL, { modelId: config.id })]
}

/** Removes a model; no run asks it any more. Throws `conflict` for what provisioning manages. */
export async function removeModelConfig(ctx: Ctx, input: { modelId: string }): Promise<void> {
  const { store } = ctx.services
  await retryOnConflict(5, async () => {
    const { organisation, config } = await findModelConfig(ctx, input.modelId)
    if (config.body.provisioned)
      throw conflict('A provisioning file or the environment manages this model; remove it there.')
    await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `model:${config.id}:${randomId(10)}`,
      operations: [
        modelConfigs.delete(config.id, config.version),
        await auditOperation(ctx, {
          organisationId: organisation.id,
          action: 'model.remove',
          target: { kind: 'model', id: config.id, name: nameOf(config.body) },
          before: config.body,
        }),
      ],
    })
  })
}
