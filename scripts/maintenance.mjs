// `npm run backup | restore | rotate-key`: work on the store that the environment (or a .env file) names. See docs/deploy.md.
import nextEnvironment from '@next/env'
import { environment, nodePath, ROOT, run } from './lib.mjs'

const [command, ...args] = process.argv.slice(2)
// As `npm start` reads them.
nextEnvironment.loadEnvConfig(ROOT, false, { info() {}, error: console.error })
const script = ['--import', './scripts/typescript-alias.mjs', `scripts/maintenance/${command}.ts`, ...args]
process.exit(await run(nodePath(), script, { env: environment() }))
