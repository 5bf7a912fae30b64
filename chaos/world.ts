import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackingStore, openBackingStore } from './backing-store.ts'
import { callUntilAnswered } from './client.ts'
import { Instance, type InstanceMeasures, type InstanceServer } from './instance.ts'
import type { Options } from './options.ts'
import { kill, start } from './processes.ts'
import { type Provisioned, provision } from './provisioning.ts'
import type { Records } from './records.ts'
import { RoundRobin } from './round-robin.ts'
import type { UpstreamFaults, UpstreamState } from './upstream.ts'

export interface ChaosWorld {
  folder: string
  store: BackingStore
  instances: Instance[]
  proxy: RoundRobin
  provisioned: Provisioned
  setUpstream(faults: Partial<UpstreamFaults>): Promise<void>
  upstream(): Promise<UpstreamState>
  measure(): Promise<InstanceMeasures[]>
  organisationId(): Promise<string>
  /** Ends everything; with `keep` the logs and data stay. */
  end(keep: boolean): Promise<void>
}

/** Starts the store, the outside world, the instances (all at once, as after a power cut) and the proxy before them. */
export async function createWorld(
  options: Pick<Options, 'store' | 'instances' | 'leaseSeconds' | 'askers'> & { servers?: InstanceServer[] },
  records: Records,
): Promise<ChaosWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-chaos-'))
  const store = await openBackingStore(options.store, folder)
  const upstream = start(process.execPath, ['--import', './scripts/typescript-alias.mjs', 'chaos/upstream.ts'], {
    log: join(folder, 'upstream.log'),
    stdout: 'pipe',
  })
  const [line] = (await once(upstream.stdout as NonNullable<typeof upstream.stdout>, 'data')) as [Buffer]
  const { port } = JSON.parse(line.toString()) as { port: number }
  const provisioned = provision(folder, port, Math.min(options.askers, 3))
  const metricsToken = randomBytes(16).toString('hex')
  const measuring = { metrics: metricsToken, client: provisioned.tokens[0] as string }
  const environment = {
    ...withoutOwnSettings(process.env),
    ...store.environment,
    ...(options.store === 'redis'
      ? {
          NEXTAUTH_SECRET: randomBytes(24).toString('hex'),
          LONGWATCH_SECRET_KEY: `k1:${randomBytes(32).toString('base64')}`,
        }
      : {}),
    NODE_ENV: 'production' as const,
    NEXT_TELEMETRY_DISABLED: '1',
    HOST: '127.0.0.1',
    NEXTAUTH_URL: 'http://127.0.0.1',
    LONGWATCH_LEASE_SECONDS: `${options.leaseSeconds}`,
    LONGWATCH_LOG_LEVEL: 'info',
    LONGWATCH_PROVISIONING: provisioned.file,
    METRICS_TOKEN: metricsToken,
  }
  const names = Array.from({ length: options.instances }, (_, index) => `instance-${index + 1}`)
  const instances = await Promise.all(
    names.map((name, index) => Instance.create(name, environment, folder, options.servers?.[index])),
  )
  for (const instance of instances) instance.onUnexpectedEnd = (what) => records.violation(what)
  await Promise.all(instances.map((instance) => instance.start()))
  const proxy = await RoundRobin.start(instances.map((instance) => instance.port))
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  return {
    folder,
    store,
    instances,
    proxy,
    provisioned,
    async setUpstream(faults) {
      await ask('/faults', { method: 'POST', body: JSON.stringify(faults) }).then((response) => response.text())
    },
    upstream: () => ask('/state').then((response) => response.json() as Promise<UpstreamState>),
    measure: () => Promise.all(instances.map((instance) => instance.measure(measuring))),
    async organisationId() {
      const [token] = provisioned.tokens
      const answer = await callUntilAnswered(proxy.url, token as string, 'GET', '/api/me')
      const me = answer?.body as { memberships: { organisation: { id: string } }[] }
      return me.memberships[0]?.organisation.id as string
    },
    async end(keep) {
      await Promise.all(instances.map((instance) => instance.stop()))
      await proxy.close()
      await store.dispose()
      await kill(upstream)
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a person has set for their own Longwatch must not reach this one. */
function withoutOwnSettings(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const own =
    /^(LONGWATCH_|NEXTAUTH_|REDIS_|UPSTASH_|LLM_|OPENAI_|GRAFANA_|PROMETHEUS_|LOKI_|TEMPO_|ALERTMANAGER_|OIDC_)/
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.test(name)))
}
