// `npm run demo`: everything from a fresh clone to a page that answers.
import { join } from 'node:path'
import { Children } from './children.mjs'
import { ensureBuild, ensureDependencies, environment, fail, freePort, ROOT, say, untilAnswers } from './lib.mjs'

const HOST = '127.0.0.1'
const children = new Children()
children.stopOnSignals()

await ensureDependencies()
await ensureBuild()

const wanted = Number(process.env.PORT ?? 3000)
const port = await freePort(wanted, HOST)
if (port !== wanted) say(`Port ${wanted} is taken; using ${port}.`)
const telemetryPort = await freePort(4310, HOST)
const modelPort = await freePort(4360, HOST)
const basePath = process.env.LONGWATCH_BASE_PATH ?? ''
const hasModel = Boolean(process.env.LLM_BASE_URL || process.env.LLM_API_KEY || process.env.OPENAI_API_KEY)

const settings = environment({
  NODE_ENV: 'production',
  HOST,
  PORT: String(port),
  DATA_DIR: process.env.DATA_DIR ?? join(ROOT, 'data/demo'),
  NEXTAUTH_URL: process.env.NEXTAUTH_URL ?? `http://${HOST}:${port}${basePath}`,
  LONGWATCH_DEMO: '1',
  LONGWATCH_LOG_LEVEL: process.env.LONGWATCH_LOG_LEVEL ?? 'warn',
  LONGWATCH_PROVISIONING: join(ROOT, 'provisioning', hasModel ? 'demo-own-model.yaml' : 'demo.yaml'),
  DEMO_TELEMETRY_URL: `http://${HOST}:${telemetryPort}/mcp`,
  DEMO_MODEL_URL: `http://${HOST}:${modelPort}/v1`,
})

const telemetry = children.node('telemetry server', ['demo/telemetry/server.ts', '--port', String(telemetryPort)])
if (!hasModel) children.node('demo model', ['demo/model/server.ts', '--port', String(modelPort)])
await untilAnswers(`http://${HOST}:${telemetryPort}/ledger`, telemetry).catch((error) =>
  fail(`The telemetry server did not start: ${error.message}.`),
)
const web = children.node('web server', ['server.mjs'], { env: settings })
try {
  await untilAnswers(`http://${HOST}:${port}${basePath}/api/health`, web)
} catch (error) {
  console.error(`[longwatch] The web server did not start: ${error.message}.`)
  await children.stop(1)
}
say('')
say(`Longwatch is ready: http://${HOST}:${port}${basePath}`)
say(
  hasModel
    ? 'It uses the language model that your environment names.'
    : 'The model is scripted, not a language model; set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL for a real one.',
)
say('Sign in with one click; ask "Why is checkout slow?". Ctrl+C ends it.')
