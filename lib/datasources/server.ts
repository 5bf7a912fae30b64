import { createHash } from 'node:crypto'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import type { Organisation } from '@/lib/access/types'
import { registerAlertmanagerTools } from '@/lib/datasources/alertmanager/tools'
import { type DataSource, type DataSourceCredentials, dataSources } from '@/lib/datasources/config'
import { DataSourceError } from '@/lib/datasources/errors'
import { registerLokiTools } from '@/lib/datasources/loki/tools'
import { type PrometheusToolOptions, registerPrometheusTools } from '@/lib/datasources/prometheus/tools'
import { lines, registerTool } from '@/lib/datasources/results'
import { registerTempoTools } from '@/lib/datasources/tempo/tools'
import type { OpenedCredentials, OpenedDataSource } from '@/lib/datasources/types'
import type { BuiltinServer } from '@/lib/mcp/target'
import type { SecretBox } from '@/lib/secrets'
import type { Store } from '@/lib/stores/contract'

export type { OpenedCredentials, OpenedDataSource } from '@/lib/datasources/types'
export type { BuiltinServer } from '@/lib/mcp/target'

export interface DataSourceServerOptions extends PrometheusToolOptions {
  /** A fetch that reaches only addresses that an admin may name; for sources that no provisioning file wrote. */
  fetchFor?: (url: string) => typeof globalThis.fetch
}

const INSTRUCTIONS =
  'Metrics, logs, traces and alerts of the organisation. Look up real names (list_metrics, label_values) before querying.'
const MAX_SOURCES = 200

/** The built-in MCP server over these data sources: `list_data_sources` and the tools of each type that is there. */
export function createDataSourceServer(sources: OpenedDataSource[], options: DataSourceServerOptions = {}): McpServer {
  const server = new McpServer({ name: 'datasources', version: '1.0.0' }, { instructions: INSTRUCTIONS })
  registerTool(
    server,
    {
      name: 'list_data_sources',
      title: 'List data sources',
      description:
        'Lists the data sources that can be asked, with name and type. Pass a name as "source" to the other tools.',
      input: {},
      output: { dataSources: z.array(z.object({ name: z.string(), type: z.string() })) },
      run: async () => ({
        text: lines(...sources.map(({ name, type }) => `${name} (${type})`)),
        structured: { dataSources: sources.map(({ name, type }) => ({ name, type })) },
      }),
    },
    options,
  )
  registerPrometheusTools(server, sources, options)
  registerLokiTools(server, sources, options)
  registerTempoTools(server, sources, options)
  registerAlertmanagerTools(server, sources, options)
  return server
}

/**
 * The organisation's data sources with their credentials opened, in memory only. Credentials that cannot be opened
 * become `unreadable`: that one source refuses with a sentence, the others go on. Throws `StoreUnavailable`.
 */
export async function openDataSources(
  store: Store,
  secrets: SecretBox,
  organisationId: string,
  options: Pick<DataSourceServerOptions, 'fetchFor'> = {},
): Promise<OpenedDataSource[]> {
  const stored = await readDataSources(store, organisationId)
  return openAll(stored, secrets, organisationId, options)
}

/** For the tool hub: an organisation's built-in servers as they are now; none without a data source. */
export function builtinServers(store: Store, secrets: SecretBox, options: DataSourceServerOptions = {}) {
  return async (organisation: Pick<Organisation, 'id'>): Promise<BuiltinServer[]> => {
    const stored = await readDataSources(store, organisation.id)
    if (stored.length === 0) return []
    return [
      {
        id: 'datasources',
        name: 'datasources',
        fingerprint: createHash('sha256').update(JSON.stringify(stored)).digest('hex'),
        create: () => createDataSourceServer(openAll(stored, secrets, organisation.id, options), options),
      },
    ]
  }
}

async function readDataSources(store: Store, organisationId: string): Promise<DataSource[]> {
  const page = await dataSources.list(store, organisationId, {
    index: 'all',
    group: 'all',
    order: 'ascending',
    limit: MAX_SOURCES,
  })
  return page.items.map((item) => item.body)
}

function openAll(
  stored: DataSource[],
  secrets: SecretBox,
  organisationId: string,
  options: Pick<DataSourceServerOptions, 'fetchFor'>,
): OpenedDataSource[] {
  return stored.map(({ id, type, name, url, credentials, provisioned }) => ({
    id,
    type,
    name,
    url,
    credentials: open(credentials, secrets, organisationId),
    // What a provisioning file or the environment names is trusted; what somebody typed never goes unguarded.
    ...(provisioned ? {} : { fetch: options.fetchFor?.(url) ?? refuseUnguarded }),
  }))
}

function open(credentials: DataSourceCredentials, secrets: SecretBox, organisationId: string): OpenedCredentials {
  try {
    if (credentials.kind === 'basic')
      return { kind: 'basic', user: credentials.user, password: secrets.open(credentials.password, organisationId) }
    if (credentials.kind === 'bearer') return { kind: 'bearer', token: secrets.open(credentials.token, organisationId) }
    return { kind: 'none' }
  } catch {
    return { kind: 'unreadable' }
  }
}

const refuseUnguarded: typeof globalThis.fetch = async () => {
  throw new DataSourceError('refused', 'This data source was not provisioned, and its address cannot be checked here.')
}
