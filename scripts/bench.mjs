// `npm run bench [-- --quick] [-- --only runs,watchers]`: measures the built application. See docs/benchmarks.md.
import { spawn } from 'node:child_process'
import { ensureBuild, ensureDependencies, environment, nodePath, ROOT } from './lib.mjs'

await ensureDependencies()
await ensureBuild()
const args = ['--import', './scripts/typescript-alias.mjs', 'bench/main.ts', ...process.argv.slice(2)]
const child = spawn(nodePath(), args, { cwd: ROOT, stdio: 'inherit', env: environment({ NODE_ENV: 'production' }) })
// It ends what it started; until then this process waits.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
