import type { ServiceName } from './topology.ts'

/** What the shop's data depends on, and nothing else: the same world gives the same data. Times are epoch seconds. */
export interface World {
  seed: number
  /** The moment that the shop's story is told from; the data goes on after it. */
  anchor: number
  restarts: { service: ServiceName; at: number; by: string; reason: string }[]
}

/** What really happened, for tests to compare an answer with. No tool tells it. */
export interface IncidentRecord {
  service: ServiceName
  version: string
  previousVersion: string
  deployedAt: number
  setting: string
  metric: 'db_pool_max'
  before: number
  after: number
  affected: ServiceName[]
  alert: string
  summary: string
  redHerrings: { service: ServiceName; what: string }[]
}

const MINUTE = 60

/** The shop's past reaches this far back from now. */
export const HISTORY_SECONDS = 6 * 60 * MINUTE

/** Until the incident is told anew, so that a demo left running does not outlive its own story. */
const STORY_SECONDS = 2 * 60 * MINUTE

/** The anchor that holds at `now` for a shop started with `first`: it stays put for two hours, then moves on by two. */
export function anchorAt(first: number, now: number): number {
  return first + Math.max(0, Math.floor((now - first) / STORY_SECONDS)) * STORY_SECONDS
}

/** A moment rounded down to five minutes, in epoch seconds. */
export const roundedAnchor = (milliseconds: number): number => Math.floor(milliseconds / 300_000) * 300

/** The one incident of the shop's six hours. */
export function incidentOf(world: World): IncidentRecord {
  return {
    service: 'payments',
    version: 'v2.14.0',
    previousVersion: 'v2.13.2',
    deployedAt: world.anchor - 75 * MINUTE,
    setting: 'db.pool.max',
    metric: 'db_pool_max',
    before: 40,
    after: 6,
    affected: ['payments', 'checkout', 'storefront'],
    alert: 'CheckoutLatencyHigh',
    summary:
      'The deployment of payments v2.14.0 lowered its database connection pool from 40 to 6; the pool is exhausted, so payments is slow and fails, and checkout with it.',
    redHerrings: [
      { service: 'inventory', what: 'the stock reconciliation batch raised its CPU around the same time' },
      { service: 'inventory', what: 'its cache hit ratio has been under the warning line for hours' },
      { service: 'catalogue', what: 'it was deployed after the incident began' },
    ],
  }
}

/** When inventory's batch job ran: before and across the beginning of the incident. */
export const batchOf = (world: World) => ({ from: world.anchor - 98 * MINUTE, to: world.anchor - 62 * MINUTE })

/** How far the incident has built up at a moment: 0 before the deployment, 1 six minutes after it. */
export function intensityAt(world: World, time: number): number {
  return Math.min(1, Math.max(0, (time - incidentOf(world).deployedAt) / (6 * MINUTE)))
}

/** Whether a service is down at a moment because someone restarted it: 60 seconds. */
export function restartingAt(world: World, service: ServiceName, time: number): boolean {
  return world.restarts.some((restart) => restart.service === service && time >= restart.at && time < restart.at + 60)
}
