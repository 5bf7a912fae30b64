import type { SealedText } from '@/lib/mcp/config'
import { Collection } from '@/lib/stores/collection'

export type DataSourceType = 'prometheus' | 'loki' | 'tempo' | 'alertmanager'

export type DataSourceCredentials =
  | { kind: 'none' }
  | { kind: 'basic'; user: string; password: SealedText }
  | { kind: 'bearer'; token: SealedText }

/** A data source of one organisation, as stored. */
export interface DataSource {
  id: string
  type: DataSourceType
  /** Unique in the organisation, `[a-z0-9-]{1,32}`. */
  name: string
  url: string
  credentials: DataSourceCredentials
  provisioned: boolean
  createdAt: number
}

export const dataSources = new Collection<DataSource>({
  name: 'data-sources',
  v: 1,
  indexes: (source) => [{ index: 'all', group: 'all', sort: source.createdAt }],
})
