// `npm run chaos`: faults on purpose against several instances of the built application. docs/chaos.md
import { ensureBuild, ensureDependencies, environment, nodePath, run } from './lib.mjs'

await ensureDependencies()
await ensureBuild()
const args = ['--import', './scripts/typescript-alias.mjs', 'chaos/main.ts', ...process.argv.slice(2)]
process.exit(await run(nodePath(), args, { env: environment() }))
