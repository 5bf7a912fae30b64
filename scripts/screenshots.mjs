// `npm run screenshots`: pictures of every state at three widths, light and dark, in `screenshots/` (see index.html there).
// `npm run screenshots -- thread settings` takes those areas only; `--readme` renews the README's pictures from the set.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDependencies, environment, fail, nodePath, ROOT, run, say } from './lib.mjs'

const FOLDER = join(ROOT, 'screenshots')
const SOURCES = join(ROOT, 'e2e/screenshots')
const README = {
  'thread/investigation-answer.1440.light.png': 'thread.png',
  'thread/investigation-answer.1440.dark.png': 'thread-dark.png',
  'sidebar/all-states.360.light.png': 'sessions-phone.png',
  'approvals/asked.360.light.png': 'approval-phone.png',
  'results/chart.360.light.png': 'chart-phone.png',
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const all = readdirSync(SOURCES)
  .filter((name) => name.endsWith('.shots.ts'))
  .map((name) => name.replace('.shots.ts', ''))
const unknown = wanted.filter((area) => !all.includes(area))
if (unknown.length > 0) fail(`There is no area ${unknown.join(', ')}; there are ${all.join(', ')}.`)
const areas = wanted.length > 0 ? wanted : all

await ensureDependencies()
// Of a state that is gone no picture shall stay.
for (const area of areas) rmSync(join(FOLDER, area), { recursive: true, force: true })
const code = await run(
  nodePath(),
  [
    'node_modules/@playwright/test/cli.js',
    'test',
    '-c',
    'playwright.screenshots.config.ts',
    ...areas.map((area) => `${area}.shots.ts`),
  ],
  { env: environment() },
)
mkdirSync(FOLDER, { recursive: true })
writeFileSync(join(FOLDER, 'index.html'), overview())
say(`The pictures are in ${join(FOLDER, 'index.html')}.`)

if (process.argv.includes('--readme')) {
  for (const [from, to] of Object.entries(README)) {
    if (!existsSync(join(FOLDER, from))) fail(`${from} is not among the pictures: take them all, or its area.`)
    copyFileSync(join(FOLDER, from), join(ROOT, 'docs/images', to))
  }
  say('The README’s pictures are renewed.')
}
process.exit(code)

/** One page with all pictures, state by state. */
function overview() {
  const sections = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: area }) => {
      const pictures = readdirSync(join(FOLDER, area)).sort((left, right) =>
        left.localeCompare(right, 'en', { numeric: true }),
      )
      const states = new Map()
      for (const picture of pictures) {
        const state = picture.split('.')[0]
        states.set(state, [...(states.get(state) ?? []), picture])
      }
      return [...states].map(
        ([state, files]) =>
          `<section id="${area}-${state}"><h2>${area} / ${state}</h2>${files
            .map((file) => `<a href="${area}/${file}"><img loading="lazy" src="${area}/${file}" alt="${file}"></a>`)
            .join('')}</section>`,
      )
    })
  return `<!doctype html><meta charset="utf-8"><title>Longwatch: every state</title>
<style>body{font:14px system-ui;margin:16px;background:#888}h2{font-size:14px;margin:24px 0 8px}img{height:420px;margin:0 8px 8px 0;vertical-align:top}</style>
${sections.join('\n')}\n`
}
