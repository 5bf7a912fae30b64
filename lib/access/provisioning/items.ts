import { isDeepStrictEqual } from 'node:util'
import type { ApiToken } from '@/lib/access/collections'
import { nextMoment } from '@/lib/access/moment'
import type {
  ProvisionedDataSource,
  ProvisionedMcpServer,
  ProvisionedModel,
  ProvisionedToken,
} from '@/lib/access/provisioning/schema'
import { hashToken, tokenPrefix } from '@/lib/access/tokens'
import type { DataSource, DataSourceCredentials } from '@/lib/datasources/config'
import { DEFAULT_TIMEOUTS, type McpServer, type McpTransport, type SealedText } from '@/lib/mcp/config'
import type { ModelConfig } from '@/lib/models/config'
import { takesImagesByDefault } from '@/lib/models/images'
import type { RotatingSecretBox } from '@/lib/secrets/secret-box'

/** Seals for one organisation; what is sealed already, with the newest key, stays as it is. */
export type Sealer = (plain: string, before: SealedText | null | undefined) => SealedText

export const sealerFor =
  (secrets: RotatingSecretBox, organisationId: string): Sealer =>
  (plain, before) => {
    if (before && secrets.isCurrent(before) && opensTo(secrets, before, organisationId, plain)) return before
    return secrets.seal(plain, organisationId)
  }

function opensTo(secrets: RotatingSecretBox, sealed: SealedText, organisationId: string, plain: string): boolean {
  try {
    return secrets.open(sealed, organisationId) === plain
  } catch {
    // The provisioning holds the secret itself, so that one which cannot be opened is simply sealed anew.
    return false
  }
}

const sealAll = (plain: Record<string, string>, before: Record<string, SealedText> | undefined, seal: Sealer) =>
  Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, seal(value, before?.[name])]))

/** A provisioned token as it is stored. One that was revoked by hand stays revoked while its value is the same. */
export function buildToken(item: ProvisionedToken, id: string, before: ApiToken | null): ApiToken {
  const hash = hashToken(item.value)
  const same = before?.hash === hash ? before : null
  return {
    id,
    name: item.name,
    role: item.role,
    hash,
    prefix: tokenPrefix(item.value),
    expiresAt: null,
    lastUsedAt: same?.lastUsedAt ?? null,
    revokedAt: same?.revokedAt ?? null,
    provisioned: true,
    createdAt: before?.createdAt ?? Date.now(),
  }
}

export function buildMcpServer(
  item: ProvisionedMcpServer,
  id: string,
  before: McpServer | null,
  seal: Sealer,
): McpServer {
  const server: McpServer = {
    id,
    name: item.name,
    transport: buildTransport(item, before?.transport, seal),
    headers: sealAll(item.headers, before?.headers, seal),
    timeouts: {
      dial: item.timeouts.dial ?? DEFAULT_TIMEOUTS.dial,
      list: item.timeouts.list ?? DEFAULT_TIMEOUTS.list,
      call: item.timeouts.call ?? DEFAULT_TIMEOUTS.call,
    },
    reviewed: item.reviewed,
    policy: item.policy,
    tools: item.tools,
    enabled: item.enabled,
    provisioned: true,
    createdAt: before?.createdAt ?? Date.now(),
    updatedAt: before?.updatedAt ?? Date.now(),
  }
  const asStored: unknown = JSON.parse(JSON.stringify(server))
  return before && isDeepStrictEqual(asStored, before) ? before : { ...server, updatedAt: Date.now() }
}

function buildTransport(item: ProvisionedMcpServer, before: McpTransport | undefined, seal: Sealer): McpTransport {
  if (item.transport !== 'stdio') return { kind: item.transport, url: item.url }
  const known = before?.kind === 'stdio' ? before.environment : undefined
  return { kind: 'stdio', command: item.command, arguments: item.args, environment: sealAll(item.env, known, seal) }
}

export function buildModel(item: ProvisionedModel, id: string, before: ModelConfig | null, seal: Sealer): ModelConfig {
  // In the order of the file: the oldest is the default.
  const now = nextMoment()
  const config: ModelConfig = {
    id,
    name: item.name ?? null,
    provider: item.provider,
    baseUrl: item.baseUrl ?? null,
    apiKey: item.apiKey ? seal(item.apiKey, before?.apiKey) : null,
    model: item.model,
    contextTokens: item.contextTokens,
    maxOutputTokens: item.maxOutputTokens ?? Math.min(8192, Math.floor(item.contextTokens / 4)),
    takesImages: item.takesImages ?? takesImagesByDefault(item.provider, item.model),
    prices: item.prices ?? null,
    enabled: true,
    provisioned: true,
    createdAt: before?.createdAt ?? now,
    updatedAt: before?.updatedAt ?? now,
  }
  const asStored: unknown = JSON.parse(JSON.stringify(config))
  return before && isDeepStrictEqual(asStored, before) ? before : { ...config, updatedAt: now }
}

export function buildDataSource(
  item: ProvisionedDataSource,
  id: string,
  before: DataSource | null,
  seal: Sealer,
): DataSource {
  return {
    id,
    type: item.type,
    name: item.name,
    url: item.url,
    credentials: buildCredentials(item, before?.credentials, seal),
    provisioned: true,
    createdAt: before?.createdAt ?? Date.now(),
  }
}

function buildCredentials(
  item: ProvisionedDataSource,
  before: DataSourceCredentials | undefined,
  seal: Sealer,
): DataSourceCredentials {
  if (item.token)
    return { kind: 'bearer', token: seal(item.token, before?.kind === 'bearer' ? before.token : undefined) }
  if (item.user === undefined || item.password === undefined) return { kind: 'none' }
  const known = before?.kind === 'basic' ? before.password : undefined
  return { kind: 'basic', user: item.user, password: seal(item.password, known) }
}
