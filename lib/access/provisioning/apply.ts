import {
  GLOBAL,
  members,
  ORGANISATION_DOCUMENT,
  organisations,
  type StoredUser,
  tokens,
  users,
} from '@/lib/access/collections'
import {
  DEFAULT_LIMITS,
  ensureOrganisation,
  listOrganisations,
  putMember,
  removeMember,
} from '@/lib/access/organisations'
import { hashPassword, matchesPassword } from '@/lib/access/passwords'
import { addEnvironment, type OrganisationItems } from '@/lib/access/provisioning/from-environment'
import { buildDataSource, buildMcpServer, buildModel, buildToken, sealerFor } from '@/lib/access/provisioning/items'
import { derivedId, listAll, putIfChanged, reconcile, remove } from '@/lib/access/provisioning/reconcile'
import type {
  ProvisionedModel,
  ProvisionedOrganisation,
  ProvisionedUser,
  Provisioning,
} from '@/lib/access/provisioning/schema'
import { claimTokenHash, hashToken } from '@/lib/access/tokens'
import type { Organisation, OrganisationLimits } from '@/lib/access/types'
import { createUser, findUserByEmail, normaliseEmail, updateUser } from '@/lib/access/users'
import { dataSources } from '@/lib/datasources/config'
import type { Env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import { mcpServers } from '@/lib/mcp/config'
import { type ModelConfig, modelConfigs } from '@/lib/models/config'
import type { RotatingSecretBox } from '@/lib/secrets/secret-box'
import type { Store } from '@/lib/stores/contract'

export interface ProvisioningContext {
  store: Store
  secrets: RotatingSecretBox
  env: Pick<Env, 'grafana' | 'dataSources' | 'model'>
}

const NOTHING: OrganisationItems = { tokens: [], model: undefined, models: [], mcpServers: [], dataSources: [] }

/**
 * Makes the store say what the provisioning and the environment say. What was provisioned and is named no more goes;
 * what people made by hand stays. Doing it twice, or in two processes at once, changes nothing more.
 */
export async function applyProvisioning(context: ProvisioningContext, wanted: Provisioning): Promise<void> {
  const { store } = context
  const people = new Map<string, string>()
  await Promise.all(
    wanted.users.map(async (user) => {
      const { id } = await applyUser(store, user)
      people.set(normaliseEmail(user.email), id)
    }),
  )
  await disableOthers(store, new Set(people.values()))
  const named = new Map<string, ProvisionedOrganisation>()
  for (const entry of wanted.organisations) {
    const organisation = await applyOrganisation(store, entry)
    named.set(organisation.id, entry)
    await applyMembers(store, organisation.id, entry, people)
  }
  const all = await listOrganisations(store)
  for (const organisation of all) {
    if (named.has(organisation.id)) continue
    await releaseOrganisation(store, organisation)
    await applyMembers(store, organisation.id, null, people)
  }
  const first = await firstInhabited(store, all)
  for (const { id } of all) {
    const items = named.get(id) ?? NOTHING
    await applyItems(context, id, id === first ? addEnvironment(items, context.env) : items)
  }
}

async function applyUser(store: Store, wanted: ProvisionedUser): Promise<StoredUser> {
  const { email, name, password, serverAdmin } = wanted
  const found = await findUserByEmail(store, email)
  if (!found) {
    try {
      const person = { email, name, password: password ?? null, serverAdmin, provisioned: true, emailVouched: true }
      return await createUser(store, person)
    } catch (error) {
      // Another process that starts was faster.
      if (!(error instanceof LongwatchError && error.code === 'conflict')) throw error
      return applyUser(store, wanted)
    }
  }
  const keeps =
    password === undefined ? found.body.password === null : await matchesPassword(password, found.body.password)
  const hash = keeps ? found.body.password : password === undefined ? null : await hashPassword(password)
  return updateUser(store, found.id, (user) =>
    user.name === name && user.provisioned && !user.disabled && keeps && (user.serverAdmin ?? false) === serverAdmin
      ? user
      : {
          ...user,
          name,
          provisioned: true,
          disabled: false,
          serverAdmin,
          emailVouched: true,
          // Changed by somebody else meanwhile: theirs is the same file's.
          password: keeps ? user.password : hash,
          sessionVersion: keeps ? user.sessionVersion : user.sessionVersion + 1,
        },
  )
}

async function disableOthers(store: Store, kept: Set<string>): Promise<void> {
  for (const { id, body } of await listAll(store, GLOBAL, users)) {
    if (!body.provisioned || body.disabled || kept.has(id)) continue
    await updateUser(store, id, (user) => ({
      ...user,
      disabled: true,
      serverAdmin: false,
      sessionVersion: user.sessionVersion + 1,
    }))
  }
}

async function applyOrganisation(store: Store, wanted: ProvisionedOrganisation): Promise<Organisation> {
  const { slug, name, externalId, limits } = wanted
  const managed = managedFields(wanted)
  const { organisation } = await ensureOrganisation(store, { slug, name, externalId, limits })
  await putIfChanged(store, organisation.id, organisations, ORGANISATION_DOCUMENT, (found) => ({
    ...withoutManaged(found ?? organisation, managed),
    name,
    ...(externalId !== undefined && { externalId }),
    limits: { ...withoutManaged(found ?? organisation, managed).limits, ...limits },
    managed,
  }))
  return organisation
}

/** What the file says of the organisation itself; the rest belongs to its administrators. */
const managedFields = ({ externalId, limits }: ProvisionedOrganisation): string[] => [
  'name',
  ...(externalId === undefined ? [] : ['externalId']),
  ...Object.keys(limits ?? {}).map((limit) => `limits.${limit}`),
]

/** What a file said and says no more is as if it had never been said. */
function withoutManaged(organisation: Organisation, managed: string[]): Organisation {
  const released = (organisation.managed ?? []).filter((field) => !managed.includes(field))
  const limits: OrganisationLimits = { ...DEFAULT_LIMITS, ...organisation.limits }
  for (const limit of Object.keys(DEFAULT_LIMITS) as (keyof OrganisationLimits)[])
    if (released.includes(`limits.${limit}`)) Object.assign(limits, { [limit]: DEFAULT_LIMITS[limit] })
  return {
    ...organisation,
    externalId: released.includes('externalId') ? null : organisation.externalId,
    limits,
    managed,
  }
}

/** An organisation that no file names any more keeps what it has, for its administrators to change. */
async function releaseOrganisation(store: Store, organisation: Organisation): Promise<void> {
  if (!organisation.managed?.length) return
  await putIfChanged(store, organisation.id, organisations, ORGANISATION_DOCUMENT, (found) => ({
    ...(found ?? organisation),
    managed: [],
  }))
}

async function applyMembers(
  store: Store,
  organisationId: string,
  wanted: ProvisionedOrganisation | null,
  people: Map<string, string>,
): Promise<void> {
  const kept = new Set<string>()
  for (const { email, role } of wanted?.members ?? []) {
    const userId = people.get(normaliseEmail(email))
    if (!userId) throw new LongwatchError('internal', 'A provisioned member is not among the provisioned users.')
    kept.add(userId)
    await putMember(store, organisationId, { userId, role, provisioned: true })
  }
  for (const { body } of await listAll(store, organisationId, members))
    if (body.provisioned && !kept.has(body.userId)) await removeMember(store, organisationId, body.userId)
}

/** The first organisation, by creation, that anybody is in. */
async function firstInhabited(store: Store, all: Organisation[]): Promise<string | null> {
  for (const { id } of all) {
    const page = await members.list(store, id, { index: 'all', group: 'all', order: 'ascending', limit: 1 })
    if (page.items.length > 0) return id
  }
  return null
}

async function applyItems({ store, secrets }: ProvisioningContext, organisationId: string, wanted: OrganisationItems) {
  const seal = sealerFor(secrets, organisationId)
  await reconcile(store, organisationId, tokens, 'tok', wanted.tokens, buildToken, (item, id) =>
    claimTokenHash(store, organisationId, { id, hash: hashToken(item.value) }),
  )
  await reconcile(store, organisationId, mcpServers, 'mcp', wanted.mcpServers, (item, id, before) =>
    buildMcpServer(item, id, before, seal),
  )
  await reconcile(store, organisationId, dataSources, 'ds', wanted.dataSources, (item, id, before) =>
    buildDataSource(item, id, before, seal),
  )
  await applyModels(store, organisationId, wanted, (item, id, before) => buildModel(item, id, before, seal))
}

/** `model` is the default one, and has no name that could tell it from another; those of `models` go by their names. */
async function applyModels(
  store: Store,
  organisationId: string,
  { model, models }: OrganisationItems,
  build: (item: ProvisionedModel, id: string, before: ModelConfig | null) => ModelConfig,
): Promise<void> {
  const wanted = [
    ...(model ? [{ key: 'provisioned', item: model }] : []),
    ...models.map((item) => ({ key: `named:${item.name ?? item.model}`, item })),
  ]
  const kept = new Set<string>()
  for (const { key, item } of wanted) {
    const id = derivedId('mdl', organisationId, key)
    kept.add(id)
    await putIfChanged(store, organisationId, modelConfigs, id, (before) => build(item, id, before))
  }
  for (const { id, body } of await listAll(store, organisationId, modelConfigs))
    if (body.provisioned && !kept.has(id)) await remove(store, organisationId, modelConfigs, id)
}
