export const SERVICE_NAMES = ['storefront', 'checkout', 'payments', 'inventory', 'catalogue'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

export interface ServiceProfile {
  name: ServiceName
  description: string
  dependsOn: ServiceName[]
  /** Null for a service that keeps nothing itself. */
  database: string | null
  poolMax: number
  /** Seconds that one request holds a database connection. */
  connectionHold: number
  requestRate: number
  latency: { p50: number; p95: number; p99: number }
  errorRate: number
  cpu: number
  memoryMegabytes: number
  databaseQuerySeconds: number
  /** Null for a service without a cache. */
  cacheHitRatio: number | null
  pods: [string, ...string[]]
}

/** How each service of the shop behaves while all is well. */
export const PROFILES: Record<ServiceName, ServiceProfile> = {
  storefront: {
    name: 'storefront',
    description: 'Serves the pages of the shop and forwards orders to checkout.',
    dependsOn: ['checkout', 'catalogue'],
    database: null,
    poolMax: 0,
    connectionHold: 0,
    requestRate: 122,
    latency: { p50: 0.11, p95: 0.34, p99: 0.52 },
    errorRate: 0.0011,
    cpu: 0.38,
    memoryMegabytes: 410,
    databaseQuerySeconds: 0,
    cacheHitRatio: null,
    pods: ['storefront-6d9f-a', 'storefront-6d9f-b'],
  },
  checkout: {
    name: 'checkout',
    description: 'Takes an order: reserves stock, has the card charged, writes the order.',
    dependsOn: ['payments', 'inventory'],
    database: 'orders-db',
    poolMax: 30,
    connectionHold: 0.09,
    requestRate: 36,
    latency: { p50: 0.31, p95: 0.68, p99: 0.94 },
    errorRate: 0.0028,
    cpu: 0.31,
    memoryMegabytes: 520,
    databaseQuerySeconds: 0.014,
    cacheHitRatio: null,
    pods: ['checkout-58c7-a', 'checkout-58c7-b'],
  },
  payments: {
    name: 'payments',
    description: 'Charges cards through the card gateway and keeps the ledger of charges.',
    dependsOn: [],
    database: 'payments-db',
    poolMax: 40,
    connectionHold: 0.35,
    requestRate: 34,
    latency: { p50: 0.18, p95: 0.42, p99: 0.61 },
    errorRate: 0.0021,
    cpu: 0.34,
    memoryMegabytes: 610,
    databaseQuerySeconds: 0.017,
    cacheHitRatio: null,
    pods: ['payments-7b4d-a', 'payments-7b4d-b'],
  },
  inventory: {
    name: 'inventory',
    description: 'Knows what is in stock, reserves it, and reconciles it with the warehouse in a nightly batch.',
    dependsOn: [],
    database: 'inventory-db',
    poolMax: 20,
    connectionHold: 0.05,
    requestRate: 61,
    latency: { p50: 0.03, p95: 0.09, p99: 0.16 },
    errorRate: 0.0009,
    cpu: 0.27,
    memoryMegabytes: 380,
    databaseQuerySeconds: 0.011,
    cacheHitRatio: 0.72,
    pods: ['inventory-84fa-a', 'inventory-84fa-b'],
  },
  catalogue: {
    name: 'catalogue',
    description: 'Serves product data and search.',
    dependsOn: [],
    database: 'catalogue-db',
    poolMax: 30,
    connectionHold: 0.06,
    requestRate: 93,
    latency: { p50: 0.05, p95: 0.13, p99: 0.21 },
    errorRate: 0.0007,
    cpu: 0.42,
    memoryMegabytes: 720,
    databaseQuerySeconds: 0.019,
    cacheHitRatio: 0.93,
    pods: ['catalogue-5cc1-a', 'catalogue-5cc1-b'],
  },
}

export const isServiceName = (text: string): text is ServiceName => SERVICE_NAMES.some((name) => name === text)
