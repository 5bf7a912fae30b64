// `npm run check`: what a commit must pass, in a minute or two. All parts run; the exit code is their worst.
import { availableParallelism } from 'node:os'
import { ensureDependencies, environment, nodePath, run, say } from './lib.mjs'

await ensureDependencies()
const begin = Date.now()
const env = { env: environment() }
// Two also where there are two cores, where Vitest would take one: tests wait more than they calculate.
const workers = Math.max(2, availableParallelism() - 1)
const parts = {
  'format, lint, import directions': ['node_modules/.bin/biome', 'check', '--colors=off', '--error-on-warnings', '.'],
  types: ['scripts/types.mjs'],
  'unit tests': ['node_modules/.bin/vitest', 'run', '--project=unit', '--reporter=dot', `--maxWorkers=${workers}`],
}
const failed = []
for (const [name, args] of Object.entries(parts)) {
  if ((await run(nodePath(), args, env)) !== 0) failed.push(name)
}
say(
  `${failed.length === 0 ? 'All good' : `Failed: ${failed.join('; ')}`} (${Math.round((Date.now() - begin) / 1000)} s).`,
)
process.exit(failed.length === 0 ? 0 : 1)
