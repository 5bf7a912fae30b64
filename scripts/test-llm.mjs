// `LLM_API_KEY=… npm run test:llm`: the demo with a real language model, and the few journeys that want one.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuild, ensureDependencies, environment, fail, freePort, nodePath, ROOT, run, say } from './lib.mjs'

const { LLM_API_KEY, LLM_BASE_URL, OPENAI_API_KEY } = process.env
if (!LLM_API_KEY && !LLM_BASE_URL && !OPENAI_API_KEY) {
  fail('Give a model: LLM_API_KEY (and LLM_BASE_URL, LLM_MODEL for another one than OpenAI’s).')
}
// A key alone is OpenAI's.
const model = LLM_API_KEY && !LLM_BASE_URL ? { OPENAI_API_KEY: LLM_API_KEY, LLM_API_KEY: '' } : {}

await ensureDependencies()
await ensureBuild()
const data = mkdtempSync(join(tmpdir(), 'longwatch-llm-'))
const port = await freePort(3700)
const demo = spawn(nodePath(), ['scripts/demo.mjs'], {
  cwd: ROOT,
  env: { ...process.env, ...model, PORT: String(port), DATA_DIR: data },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ready = new Promise((resolve, reject) => {
  let output = ''
  demo.stdout.on('data', (part) => {
    output += part
    const address = /Longwatch is ready: (\S+)/.exec(output)
    if (address) resolve(address[1])
  })
  demo.on('exit', () => reject(new Error(`The demo ended by itself:\n${output}`)))
})

let code = 1
try {
  const url = await ready
  say(`Asking a real model, through ${url} …`)
  code = await run(nodePath(), ['--test', '--test-concurrency=1', 'e2e/llm/investigation.llm.ts'], {
    env: environment({ LONGWATCH_URL: url }),
  })
} catch (error) {
  console.error(error.message)
} finally {
  if (demo.exitCode === null) {
    const ended = new Promise((resolve) => demo.once('exit', resolve))
    demo.kill('SIGTERM')
    await ended
  }
  rmSync(data, { recursive: true, force: true })
}
process.exit(code)
