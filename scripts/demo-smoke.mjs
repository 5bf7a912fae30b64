// A set-up as a newcomer starts it (`demo-smoke.mjs demo.mjs`, `… server-full.mjs`), on a taken port: it answers on the next one, and a
// question gets its answer; in the full set-up also while an instance is killed.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, nodePath, ROOT, say } from './lib.mjs'

const SCRIPT = process.argv[2] ?? 'demo.mjs'
const TOKEN = 'lw_demo_token_of_the_editor_in_acme_0001'
const data = mkdtempSync(join(tmpdir(), 'longwatch-smoke-'))
const taken = await freePort(3600)
const blocker = createServer().listen(taken, '127.0.0.1')
const begin = Date.now()
const demo = spawn(nodePath(), [join('scripts', SCRIPT)], {
  cwd: ROOT,
  env: { ...process.env, PORT: String(taken), DATA_DIR: data },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
const address = new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('It did not get ready within 180 s.')), 180_000)
  demo.stdout.on('data', (part) => {
    output += part
    const ready = /Longwatch is ready: (\S+)/.exec(output)
    if (ready) {
      clearTimeout(timer)
      resolve(ready[1])
    }
  })
  demo.on('exit', () => reject(new Error(`It ended by itself:\n${output}`)))
})

async function ask(base) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const question = {
    method: 'POST',
    // With a key a question may be sent again when a proxy lost its answer.
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ message: 'Why is checkout slow?' }),
  }
  let started = await fetch(`${base}/api/agent/runs`, question)
  if (started.status === 502) started = await fetch(`${base}/api/agent/runs`, question)
  if (started.status !== 202) throw new Error(`A question was answered with ${started.status}.`)
  const { runId } = await started.json()
  const events = await fetch(`${base}/api/agent/runs/${runId}/events`, {
    headers,
    signal: AbortSignal.timeout(120_000),
  })
  const text = await events.text()
  if (!text.includes('"type":"finish"') || !text.trimEnd().endsWith('[DONE]'))
    throw new Error('The answer did not end.')
  if (!/"type":"tool-output-available"/.test(text)) throw new Error('No tool was called.')
}

/** Both organisations' tools are there, both instances serve, and one that is killed comes back while the other answers. */
async function checkFull(base) {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const { tools } = await (await fetch(`${base}/api/mcp/tools`, { headers })).json()
  const servers = new Set(tools.map((tool) => tool.server))
  if (!servers.has('shop') || !servers.has('datasources'))
    throw new Error(`Tools came from ${[...servers].join(', ')} only.`)
  const backends = new Set()
  for (let n = 0; n < 4; n += 1) {
    const response = await fetch(`${base}/api/ready`)
    await response.body?.cancel()
    backends.add(response.headers.get('x-backend'))
  }
  if (backends.size !== 2) throw new Error(`The proxy used ${backends.size} instances.`)
  const [port] = backends
  const pid = Number(new RegExp(`:${port} \\(process (\\d+)\\)`).exec(output)?.[1])
  if (!pid) throw new Error('The process of an instance was not named.')
  process.kill(pid, 'SIGKILL')
  await ask(base)
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/api/ready`).then(
      (response) => response.ok,
      () => false,
    )
  for (const deadline = Date.now() + 30_000; !(await answers()); ) {
    if (Date.now() > deadline) throw new Error('The killed instance did not come back.')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

let failed = null
try {
  const base = await address
  const seconds = (Date.now() - begin) / 1000
  say(`${SCRIPT} answered at ${base} after ${seconds.toFixed(1)} s.`)
  if (!output.includes(`Port ${taken} is taken`)) throw new Error('The taken port was not named.')
  if (new URL(base).port === String(taken)) throw new Error('The taken port was used.')
  await ask(base)
  if (SCRIPT === 'server-full.mjs') await checkFull(base)
} catch (error) {
  failed = error
} finally {
  blocker.close()
  const ended = new Promise((resolve) => demo.once('exit', resolve))
  if (demo.exitCode === null) {
    demo.kill('SIGTERM')
    await ended
  }
  rmSync(data, { recursive: true, force: true })
}
if (failed) {
  console.error(failed.message)
  process.exit(1)
}
