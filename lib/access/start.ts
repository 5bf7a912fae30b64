import type { Logger } from 'pino'
import { applyProvisioning } from '@/lib/access/provisioning/apply'
import { readProvisioning } from '@/lib/access/provisioning/read'
import type { Provisioning } from '@/lib/access/provisioning/schema'
import { offerSetup } from '@/lib/access/setup'
import { type Env, environmentVariable } from '@/lib/env'
import { createSecretBox } from '@/lib/secrets/secret-box'
import type { Store } from '@/lib/stores/contract'

/**
 * At every start: reads and applies the provisioning and what the environment names, and prints a set-up code when
 * there are no users. Throws `ProvisioningError` with files and lines.
 */
export async function prepareAccess(input: { store: Store; env: Env; logger: Logger }): Promise<void> {
  const { store, env, logger } = input
  const wanted = await wantedProvisioning(env)
  await applyProvisioning({ store, env, secrets: createSecretBox(env.secretKeys) }, wanted)
  if (env.provisioning)
    logger.info(
      { users: wanted.users.length, organisations: wanted.organisations.map(({ slug }) => slug) },
      'The provisioning is applied',
    )
  await offerSetup(store, logger)
}

/** What the file or folder of `LONGWATCH_PROVISIONING` says; nothing without one. */
export async function wantedProvisioning(env: Pick<Env, 'provisioning'>): Promise<Provisioning> {
  return env.provisioning ? readProvisioning(env.provisioning, environmentVariable) : { users: [], organisations: [] }
}

/** After the set-up made the first organisation: gives it what the environment names. */
export async function applyEnvironment(store: Store, env: Env): Promise<void> {
  await applyProvisioning({ store, env, secrets: createSecretBox(env.secretKeys) }, await wantedProvisioning(env))
}
