import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { DEFAULT_MODEL, type ModelConfig, modelConfigs, modelDefaults } from '@/lib/models/config'
import { type ModelConfigView, viewModel } from '@/lib/models/configs/view'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** They are all read at every question. */
export const MOST_MODELS = 100

export async function allModels(store: Store, organisationId: string): Promise<Versioned<ModelConfig>[]> {
  const list = { index: 'all', group: 'all', order: 'ascending', limit: MOST_MODELS } as const
  return (await modelConfigs.list(store, organisationId, list)).items
}

/** The id of the model that answers when nobody chose: the chosen one, else the oldest that is enabled. */
export async function defaultModelId(
  store: Store,
  organisationId: string,
  models: Versioned<ModelConfig>[],
): Promise<string | null> {
  const chosen = await modelDefaults.get(store, organisationId, DEFAULT_MODEL)
  const enabled = models.filter(({ body }) => body.enabled)
  return (enabled.find(({ id }) => id === chosen?.body.modelId) ?? enabled[0])?.id ?? null
}

/**
 * The organisation's models, the oldest first, and the name of the environment's, which answers while there are none.
 * Throws `forbidden` for all but admins.
 */
export async function listModelConfigs(
  ctx: Ctx,
  input: { org?: string },
): Promise<{ models: ModelConfigView[]; environment: string | null }> {
  const { store, models: resolver } = ctx.services
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  const models = await allModels(store, organisation.id)
  const first = await defaultModelId(store, organisation.id, models)
  const usable = first === null ? await resolver.list(organisation) : []
  return { models: models.map((model) => viewModel(model, model.id === first)), environment: usable[0]?.label ?? null }
}

/** One model for its administrators. Throws `not_found` for strangers and for what is not there, `forbidden` for all but admins. */
export async function findModelConfig(
  ctx: Ctx,
  modelId: string,
): Promise<{ organisation: Organisation; config: Versioned<ModelConfig> }> {
  const organisationId = organisationOf('mdl', modelId)
  if (!organisationId) throw notFound('model')
  const { organisation } = await requireMembership(ctx, organisationId, 'admin', 'model')
  const config = await modelConfigs.get(ctx.services.store, organisationId, modelId)
  if (!config) throw notFound('model')
  return { organisation, config }
}

export async function viewStored(ctx: Ctx, config: Versioned<ModelConfig>, organisationId: string) {
  const { store } = ctx.services
  const models = await allModels(store, organisationId)
  return viewModel(config, (await defaultModelId(store, organisationId, models)) === config.id)
}

/** `GET /api/models/configs/{id}`. */
export async function getModelConfig(ctx: Ctx, input: { modelId: string }): Promise<ModelConfigView> {
  const { organisation, config } = await findModelConfig(ctx, input.modelId)
  return viewStored(ctx, config, organisation.id)
}
