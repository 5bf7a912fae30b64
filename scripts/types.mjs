// Types of the whole project; Next.js' own route types are made first.
import { environment, nodePath, run } from './lib.mjs'

const quiet = { env: environment(), stdio: ['ignore', 'ignore', 'inherit'] }
const generated = await run(nodePath(), ['node_modules/next/dist/bin/next', 'typegen'], quiet)
const checked = await run('node_modules/.bin/tsc', ['--noEmit'], { env: environment() })
process.exit(generated || checked)
