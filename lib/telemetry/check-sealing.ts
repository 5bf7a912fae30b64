import { listAll } from '@/lib/access/provisioning/reconcile'
import { dataSources } from '@/lib/datasources/config'
import { mcpServers, type SealedText } from '@/lib/mcp/config'
import { modelConfigs } from '@/lib/models/config'
import type { SecretBox } from '@/lib/secrets'
import type { Store } from '@/lib/stores/contract'

export interface SealingCheck {
  /** Stored secrets of the organisation. */
  secrets: number
  /** Sealed with another key than the newest; `npm run rotate-key` seals them anew. */
  old: number
  /** What holds a secret that no key of today opens, in words: `MCP server grafana`. */
  unopenable: string[]
}

/** Opens every stored secret of the organisation with today's keys; none is kept or shown. */
export async function checkSealing(store: Store, secrets: SecretBox, organisationId: string): Promise<SealingCheck> {
  const newest = keyOf(secrets.seal('', organisationId))
  const [servers, models, sources] = await Promise.all([
    listAll(store, organisationId, mcpServers),
    listAll(store, organisationId, modelConfigs),
    listAll(store, organisationId, dataSources),
  ])
  const holders: [string, unknown][] = [
    ...servers.map(({ body }): [string, unknown] => [`MCP server ${body.name}`, body]),
    ...models.map(({ body }): [string, unknown] => [`model ${body.model}`, body]),
    ...sources.map(({ body }): [string, unknown] => [`data source ${body.name}`, body]),
  ]
  const check: SealingCheck = { secrets: 0, old: 0, unopenable: [] }
  for (const [holder, body] of holders) {
    const sealed = sealedTexts(body)
    check.secrets += sealed.length
    check.old += sealed.filter((text) => keyOf(text) !== newest).length
    if (!sealed.every((text) => opens(secrets, text, organisationId))) check.unopenable.push(holder)
  }
  return check
}

/** A sealed text begins with its key's id. */
const keyOf = ({ sealed }: SealedText) => sealed.slice(0, sealed.indexOf('.'))

function opens(secrets: SecretBox, sealed: SealedText, organisationId: string): boolean {
  try {
    secrets.open(sealed, organisationId)
    return true
  } catch {
    return false
  }
}

/** Every sealed text in a record, wherever it stands. */
function sealedTexts(value: unknown): SealedText[] {
  if (typeof value !== 'object' || value === null) return []
  if ('sealed' in value && typeof value.sealed === 'string') return [{ sealed: value.sealed }]
  return Object.values(value).flatMap(sealedTexts)
}
