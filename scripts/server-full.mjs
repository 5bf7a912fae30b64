// `npm run server:full`: several organisations on two instances behind a proxy, on Redis, with a real Prometheus, on this machine.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Children } from './children.mjs'
import { ensureBuild, ensureDependencies, environment, freePort, ROOT, say, untilAnswers } from './lib.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const HOST = '127.0.0.1'
const at = (port) => `http://${HOST}:${port}`
const children = new Children()
children.stopOnSignals()

await ensureDependencies()
await ensureSystemPackages(
  {
    'redis-server': 'redis-server',
    prometheus: 'prometheus',
    'prometheus-node-exporter': 'prometheus-node-exporter',
  },
  'The full set-up needs',
)
await ensureBuild()

const folder = process.env.DATA_DIR ?? join(ROOT, 'data/full')
const wanted = Number(process.env.PORT ?? 3000)
const ports = { proxy: await freePort(wanted, HOST) }
if (ports.proxy !== wanted) say(`Port ${wanted} is taken; using ${ports.proxy}.`)
let last = ports.proxy
for (const name of ['one', 'two', 'redis', 'exporter', 'prometheus', 'telemetry', 'model']) {
  last = await freePort(last + 1, HOST)
  ports[name] = last
}
const hasModel = Boolean(process.env.LLM_BASE_URL || process.env.LLM_API_KEY || process.env.OPENAI_API_KEY)

for (const name of ['redis', 'prometheus']) mkdirSync(join(folder, name), { recursive: true })
const redis = ['--port', `${ports.redis}`, '--bind', HOST, '--dir', join(folder, 'redis'), '--save', '']
children.start('Redis server', 'redis-server', [...redis, '--appendonly', 'yes', '--loglevel', 'warning'], {
  quiet: true,
})
children.start('node exporter', 'prometheus-node-exporter', [`--web.listen-address=${HOST}:${ports.exporter}`], {
  quiet: true,
})
const configuration = join(folder, 'prometheus/prometheus.yml')
writeFileSync(
  configuration,
  `global: { scrape_interval: 5s }
scrape_configs:
  - { job_name: node, static_configs: [{ targets: ['${HOST}:${ports.exporter}'] }] }
  - job_name: longwatch
    metrics_path: /api/metrics
    authorization: { credentials: full-set-up-metrics }
    static_configs: [{ targets: ['${HOST}:${ports.one}', '${HOST}:${ports.two}'] }]
`,
)
const prometheus = children.start(
  'Prometheus server',
  'prometheus',
  [
    `--config.file=${configuration}`,
    `--storage.tsdb.path=${join(folder, 'prometheus/data')}`,
    `--web.listen-address=${HOST}:${ports.prometheus}`,
    '--log.level=error',
  ],
  { quiet: true },
)
const telemetry = children.node('telemetry server', ['demo/telemetry/server.ts', '--port', `${ports.telemetry}`])
if (!hasModel) children.node('demo model', ['demo/model/server.ts', '--port', `${ports.model}`])

const settings = (port) =>
  environment({
    NODE_ENV: 'production',
    HOST,
    PORT: String(port),
    DATA_DIR: folder,
    REDIS_URL: `redis://${HOST}:${ports.redis}`,
    NEXTAUTH_URL: at(ports.proxy),
    // No secrets: this set-up listens on loopback only and offers its passwords on the sign-in page.
    NEXTAUTH_SECRET: process.env.NEXTAUTH_SECRET ?? 'the full set-up on this machine only',
    LONGWATCH_SECRET_KEY: process.env.LONGWATCH_SECRET_KEY ?? `k1:${Buffer.alloc(32, 'longwatch').toString('base64')}`,
    LONGWATCH_DEMO: '1',
    LONGWATCH_LOG_LEVEL: process.env.LONGWATCH_LOG_LEVEL ?? 'warn',
    LONGWATCH_PROVISIONING: join(ROOT, 'provisioning', hasModel ? 'full-own-model' : 'full'),
    LONGWATCH_ALLOWED_NETWORKS: process.env.LONGWATCH_ALLOWED_NETWORKS ?? '127.0.0.0/8',
    METRICS_TOKEN: 'full-set-up-metrics',
    DEMO_TELEMETRY_URL: `${at(ports.telemetry)}/mcp`,
    DEMO_MODEL_URL: `${at(ports.model)}/v1`,
    FULL_PROMETHEUS_URL: at(ports.prometheus),
  })

async function ready(url, child, name) {
  await untilAnswers(url, child).catch(async (error) => {
    console.error(`[longwatch] The ${name} did not start: ${error.message}.`)
    await children.stop(1)
  })
}

await ready(`${at(ports.telemetry)}/ledger`, telemetry, 'telemetry server')
await ready(`${at(ports.prometheus)}/-/ready`, prometheus, 'Prometheus server')
const instances = []
for (const name of ['one', 'two']) {
  const instance = children.node(`instance ${name}`, ['server.mjs'], { env: settings(ports[name]), restarts: true })
  instances.push(`${at(ports[name])} (process ${instance.pid})`)
  await ready(`${at(ports[name])}/api/ready`, instance, `instance ${name}`)
}
const to = ['--to', `${ports.one}`, '--to', `${ports.two}`]
const proxy = children.node('proxy', ['demo/proxy.ts', '--port', `${ports.proxy}`, ...to], { quiet: true })
await ready(`${at(ports.proxy)}/api/ready`, proxy, 'proxy')

say('')
say(`Longwatch is ready: ${at(ports.proxy)}`)
say(`Instances: ${instances.join(', ')}`)
say(`Redis: redis://${HOST}:${ports.redis} · Prometheus: ${at(ports.prometheus)} · data: ${folder}`)
say(
  hasModel
    ? 'It uses the language model that your environment names.'
    : 'The model is scripted, not a language model; set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL for a real one.',
)
say(
  'Organisations Acme Shop and Globex Lab. Sign in with one click. Kill an instance: the other one goes on, and it is started again. Ctrl+C ends all.',
)
