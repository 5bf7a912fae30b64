// `npm run bench [-- --quick] [-- --only runs,watchers]`: measures the built application. See docs/benchmarks.md.
import { ensureBuild, ensureDependencies, environment, nodePath, run } from './lib.mjs'

await ensureDependencies()
await ensureBuild()
const args = ['--import', './scripts/typescript-alias.mjs', 'bench/main.ts', ...process.argv.slice(2)]
process.exit(await run(nodePath(), args, { env: environment({ NODE_ENV: 'production' }) }))
