// `npm run bench -- compare`: Longwatch against the AI SDK's documented way. Every load is bounded in time and count and
// stays on the loopback interface.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../scripts/lib.mjs'
import { chosenSections, leaveOnSignals, stopWith, writeResults } from '../command.ts'
import { startLongwatch } from '../longwatch.ts'
import { ensurePeerBuild, PEER_NAME, startPeer } from '../peer.ts'
import { redisVersion } from '../redis.ts'
import { describeMachine, type Row, table } from '../report.ts'
import { startModel } from '../start-model.ts'
import { type Figure, Figures, type Side } from './figures.ts'
import { FULL, QUICK, sections } from './sections.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string', default: 'test-results/bench-compare.json' },
    peer: { type: 'string', default: 'best' },
  },
})

/** The longest that all of it may take. */
const LIMIT_MINUTES = 25

const extent = values.quick ? QUICK : FULL
const names = chosenSections(values.only, sections)
const wiring = values.peer
if (wiring !== 'best' && wiring !== 'guide') stopWith('--peer is best or guide.')

leaveOnSignals()
const limit = setTimeout(() => stopWith(`It took longer than ${LIMIT_MINUTES} minutes.`), LIMIT_MINUTES * 60_000)

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version

const versions = {
  ...Object.fromEntries(
    ['next', 'ai', '@ai-sdk/openai-compatible', 'resumable-stream', 'redis', 'ioredis'].map((name) => [
      name,
      versionOf(name),
    ]),
  ),
  'redis-server': redisVersion(),
}
const machine = describeMachine()

interface Result {
  title: string
  figures: Figure[]
  measured: Record<Side, Row[]>
  failed: string[]
}

const results: Record<string, Result> = {}
await ensurePeerBuild()
const model = await startModel()
const began = Date.now()

console.log(`## Longwatch and ${PEER_NAME}\n`)
console.log(
  `${machine.date.slice(0, 10)}, commit ${machine.commit}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}; ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(
      ', ',
    )}. Load before: ${machine.loadBefore.join(', ')}.${wiring === 'guide' ? ' The peer as its guide has it, word by word.' : ''}${values.quick ? ' Quick: too short to quote.' : ''}`,
)

for (const name of names) {
  const section = sections[name]
  if (!section) continue
  const figures = new Figures()
  const result: Result = { title: section.title, figures: [], measured: { longwatch: [], peer: [] }, failed: [] }
  results[name] = result
  for (const side of ['longwatch', 'peer'] as const) {
    // Processes of its own for each, Redis included, so that none inherits the garbage of another.
    const longwatch = side === 'longwatch' ? await startLongwatch(model, { store: 'redis' }) : null
    const subject = longwatch ?? (await startPeer(model, wiring))
    const keep = (row: Row) => {
      result.measured[side].push(row)
      console.error(`${name}, ${side}: ${JSON.stringify(row)}`)
    }
    try {
      await section.measure({ side, subject, longwatch, model, extent, figures, keep })
    } catch (error) {
      result.failed.push(`${subject.name}: ${error instanceof Error ? error.message : error}`)
      console.error(error)
    } finally {
      await model.finishAnswers()
      await subject.stop()
    }
  }
  result.figures = figures.list()
  console.log(`\n### ${section.title}\n\n${table(figures.rows(PEER_NAME))}`)
  const notes = result.figures.filter(({ why }) => why).map(({ what, why }) => `${what}: ${why}`)
  for (const note of [...notes, ...result.failed.map((text) => `Broke off: ${text}`)]) console.log(`\n- ${note}`)
}

await model.stop()
clearTimeout(limit)
writeResults(values.json, { machine, versions, options: values, extent, peer: PEER_NAME, results })
console.log(`\nTook ${Math.round((Date.now() - began) / 1000)} s. Written to ${values.json}.`)
process.exit(Object.values(results).some(({ failed }) => failed.length > 0) ? 1 : 0)
