import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const REFUSED = [
  ['lib/stores/sqlite', '@/lib/runs/start'],
  ['lib/stores', '@/lib/access/types'],
  ['lib/runs', '@/lib/stores/sqlite/open'],
  ['lib/sessions', '@/lib/stores/redis/open'],
  ['lib/access', '@/lib/http/handle'],
  ['lib/agent', '@/lib/stores/contract'],
  ['lib/agent', '@/lib/runs/start'],
  ['lib/agent', '@/lib/attachments/read'],
  ['lib/attachments', '@/lib/http/handle'],
  ['lib/stores', '@/lib/attachments/collection'],
  ['lib/agent', 'next/server'],
  ['lib/runs', '@/components/chat/thread'],
  ['lib/mcp', '../stores/contract'],
  ['lib/network', '@/lib/mcp/types'],
  ['lib/network', '@/lib/env'],
  ['lib/stores', '@/lib/network/guard'],
  ['components/chat', '@/lib/stores/contract'],
  ['components/chat', '@/lib/composition'],
  ['components/chat', '@/app/page'],
  ['app/o', '@/lib/stores/sqlite/open'],
] as const

const ALLOWED = [
  ['lib', '@/lib/stores/sqlite/open'],
  ['lib/runs', '@/lib/stores/contract'],
  ['lib/runs', '@/lib/agent/loop'],
  ['lib/mcp', '@/lib/network/guard'],
  ['lib/network', '@/lib/errors'],
  ['lib/network', '@/lib/network/refused'],
  ['components/chat', '@/lib/sessions/fold'],
  ['app/o', '@/components/chat/thread'],
] as const

const cases = [...REFUSED, ...ALLOWED]
const fileOf = (index: number) => `${cases[index]?.[0]}/case-${index}.ts`
let folder = ''
let report = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-imports-'))
  copyFileSync('biome.json', join(folder, 'biome.json'))
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n')
  cases.forEach(([, imported], index) => {
    const file = join(folder, fileOf(index))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `import { thing } from '${imported}'\n\nthing()\n`)
  })
  const biome = resolve('node_modules/.bin/biome')
  const { stdout, stderr } = spawnSync(biome, ['lint', '--max-diagnostics=none', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  report = stdout + stderr
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const refused = (index: number) => new RegExp(`${fileOf(index)}:\\d+:\\d+ lint/style/noRestrictedImports`).test(report)

describe('the directions of import', () => {
  it.each(REFUSED.map(([place, imported], index) => ({ place, imported, index })))(
    'refuse in $place an import of $imported',
    ({ index }) => expect(refused(index)).toBe(true),
  )
  it.each(ALLOWED.map(([place, imported], index) => ({ place, imported, index: REFUSED.length + index })))(
    'allow in $place an import of $imported',
    ({ index }) => expect(refused(index)).toBe(false),
  )
})
