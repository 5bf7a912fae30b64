import { incidentOf, type World } from './incident.ts'
import { hexadecimal } from './random.ts'
import type { ServiceName } from './topology.ts'

export interface Deployment {
  kind: 'deployment' | 'restart'
  service: ServiceName
  version: string
  previousVersion: string
  /** Epoch seconds. */
  at: number
  by: string
  summary: string
  commit: string | null
}

const FIRST_VERSIONS: Record<ServiceName, string> = {
  storefront: 'v5.2.4',
  checkout: 'v1.22.1',
  payments: 'v2.13.2',
  inventory: 'v4.0.7',
  catalogue: 'v3.8.0',
}

/** Deployments and restarts up to a moment, oldest first. No summary tells what a change broke. */
export function deploymentsUntil(world: World, now: number): Deployment[] {
  const incident = incidentOf(world)
  const releases: [ServiceName, string, number, string, string][] = [
    ['catalogue', 'v3.8.1', world.anchor - 320 * 60, 'mira', 'Fix the order of search suggestions'],
    ['storefront', 'v5.3.0', world.anchor - 190 * 60, 'jonas', 'New basket page'],
    [
      incident.service,
      incident.version,
      incident.deployedAt,
      'deploy-bot',
      'Settlement report; move settings to the shared chart',
    ],
    ['catalogue', 'v3.9.0', world.anchor - 40 * 60, 'mira', 'Show delivery times'],
  ]
  const changes: Deployment[] = []
  const versions = { ...FIRST_VERSIONS }
  const all = [
    ...releases.map(([service, version, at, by, summary]) => ({
      kind: 'deployment' as const,
      service,
      version,
      at,
      by,
      summary,
    })),
    ...world.restarts.map(({ service, at, by, reason }) => ({
      kind: 'restart' as const,
      service,
      version: null,
      at,
      by,
      summary: reason,
    })),
  ].sort((one, other) => one.at - other.at)
  for (const change of all) {
    if (change.at > now) continue
    const previousVersion = versions[change.service]
    const version = change.version ?? previousVersion
    versions[change.service] = version
    const commit = change.version ? hexadecimal(10, `${world.seed}/commit/${version}`) : null
    changes.push({ ...change, version, previousVersion, commit })
  }
  return changes
}

/** The version of each service that runs at a moment. */
export function versionsAt(world: World, now: number): Record<ServiceName, string> {
  const versions = { ...FIRST_VERSIONS }
  for (const change of deploymentsUntil(world, now)) versions[change.service] = change.version
  return versions
}
