// `npm run bench [-- --quick] [-- --only runs,watchers] [-- --store redis]`: measures the built application;
// `npm run bench -- compare`: beside the AI SDK's documented way; `npm run bench -- browser`: the page in Chromium. See docs/benchmarks.md.
import { spawn } from 'node:child_process'
import { ensureBuild, ensureDependencies, environment, nodePath, ROOT } from './lib.mjs'

await ensureDependencies()
await ensureBuild()
const [first, ...rest] = process.argv.slice(2)
const programs = { compare: 'bench/compare/main.ts', browser: 'bench/browser/main.ts' }
const program = Object.hasOwn(programs, first)
  ? [programs[first], ...rest]
  : ['bench/main.ts', ...process.argv.slice(2)]
const args = ['--import', './scripts/typescript-alias.mjs', ...program]
const child = spawn(nodePath(), args, { cwd: ROOT, stdio: 'inherit', env: environment({ NODE_ENV: 'production' }) })
// It ends what it started; until then this process waits.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
