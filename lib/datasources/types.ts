import type { DataSourceType } from '@/lib/datasources/config'

/** Credentials opened for use; they live in memory only. `unreadable`: what is stored could not be opened. */
export type OpenedCredentials =
  | { kind: 'none' }
  | { kind: 'basic'; user: string; password: string }
  | { kind: 'bearer'; token: string }
  | { kind: 'unreadable' }

/** A data source ready to be asked. Never store, log or return it. */
export interface OpenedDataSource {
  id: string
  type: DataSourceType
  /** Unique in the organisation. */
  name: string
  url: string
  credentials: OpenedCredentials
  /** Replaces the global `fetch`, for example by one that guards the addresses it connects to. */
  fetch?: typeof globalThis.fetch
}
