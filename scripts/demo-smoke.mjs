// The demo as a newcomer starts it, on a taken port: it answers on the next one, and a question gets its answer.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, nodePath, ROOT, say } from './lib.mjs'

const TOKEN = 'lw_demo_token_of_the_editor_in_acme_0001'
const data = mkdtempSync(join(tmpdir(), 'longwatch-smoke-'))
const taken = await freePort(3600)
const blocker = createServer().listen(taken, '127.0.0.1')
const begin = Date.now()
const demo = spawn(nodePath(), ['scripts/demo.mjs'], {
  cwd: ROOT,
  env: { ...process.env, PORT: String(taken), DATA_DIR: data },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
const address = new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('The demo did not get ready within 180 s.')), 180_000)
  demo.stdout.on('data', (part) => {
    output += part
    const ready = /Longwatch is ready: (\S+)/.exec(output)
    if (ready) {
      clearTimeout(timer)
      resolve(ready[1])
    }
  })
  demo.on('exit', () => reject(new Error(`The demo ended by itself:\n${output}`)))
})

async function ask(base) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const started = await fetch(`${base}/api/agent/runs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ message: 'Why is checkout slow?' }),
  })
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

let failed = null
try {
  const base = await address
  const seconds = (Date.now() - begin) / 1000
  say(`The demo answered at ${base} after ${seconds.toFixed(1)} s.`)
  if (!output.includes(`Port ${taken} is taken`)) throw new Error('The taken port was not named.')
  if (new URL(base).port === String(taken)) throw new Error('The taken port was used.')
  await ask(base)
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
