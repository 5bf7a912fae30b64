import type {
  ProvisionedDataSource,
  ProvisionedMcpServer,
  ProvisionedModel,
  ProvisionedOrganisation,
} from '@/lib/access/provisioning/schema'
import type { Env } from '@/lib/env'

export type OrganisationItems = Pick<
  ProvisionedOrganisation,
  'tokens' | 'model' | 'models' | 'mcpServers' | 'dataSources'
>

/** Adds to the first organisation what `GRAFANA_URL`, `PROMETHEUS_URL` and the like name; its own of the same name win. */
export function addEnvironment(
  items: OrganisationItems,
  env: Pick<Env, 'grafana' | 'dataSources' | 'model'>,
): OrganisationItems {
  const { grafana } = env
  const servers = grafana ? [grafanaServer(grafana)] : []
  return {
    tokens: items.tokens,
    // What LLM_* and OPENAI_API_KEY name comes before Grafana's: it was chosen for its own sake.
    model: items.model ?? (grafana && !env.model && items.models.length === 0 ? grafanaModel(grafana) : undefined),
    models: items.models,
    mcpServers: withoutNamesOf(items.mcpServers, servers),
    dataSources: withoutNamesOf(items.dataSources, env.dataSources.map(readSource)),
  }
}

const withoutNamesOf = <Item extends { name: string }>(own: Item[], more: Item[]): Item[] => [
  ...own,
  ...more.filter(({ name }) => !own.some((item) => item.name === name)),
]

const PLUGIN = '/api/plugins/grafana-llm-app/resources'

const grafanaServer = ({ url, token }: NonNullable<Env['grafana']>): ProvisionedMcpServer => ({
  name: 'grafana',
  transport: 'streamable-http',
  url: `${url.replace(/\/$/, '')}${PLUGIN}/mcp/grafana`,
  headers: token ? { Authorization: `Bearer ${token}` } : {},
  timeouts: {},
  reviewed: true,
  policy: {},
  tools: {},
  enabled: true,
})

/** The Grafana LLM app speaks OpenAI's protocol; `base` is its name for the everyday model. */
const grafanaModel = ({ url, token }: NonNullable<Env['grafana']>): ProvisionedModel => ({
  provider: 'grafana-llm',
  baseUrl: url,
  apiKey: token ?? undefined,
  model: 'base',
  contextTokens: 128_000,
})

function readSource({ type, url, credentials }: Env['dataSources'][number]): ProvisionedDataSource {
  const source = { type, name: type, url }
  switch (credentials.kind) {
    case 'basic':
      return { ...source, user: credentials.user, password: credentials.password }
    case 'bearer':
      return { ...source, token: credentials.token }
    case 'none':
      return source
  }
}
