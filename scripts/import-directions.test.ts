import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** Whether the project's linter refuses this import in this file. */
function refused(file: string, imported: string): boolean {
  const { stdout, stderr } = spawnSync('node_modules/.bin/biome', ['lint', `--stdin-file-path=${file}`], {
    input: `import { thing } from '${imported}'\nthing()\n`,
    encoding: 'utf8',
  })
  return (stdout + stderr).includes('noRestrictedImports')
}

describe('the directions of import', () => {
  it.each([
    ['lib/stores/sqlite/store.ts', '@/lib/runs/start'],
    ['lib/stores/contract.ts', '@/lib/access/types'],
    ['lib/runs/start.ts', '@/lib/stores/sqlite/open'],
    ['lib/sessions/get.ts', '@/lib/stores/redis/open'],
    ['lib/access/users.ts', '@/lib/http/handle'],
    ['lib/agent/loop.ts', '@/lib/stores/contract'],
    ['lib/agent/loop.ts', '@/lib/runs/start'],
    ['lib/agent/loop.ts', 'next/server'],
    ['lib/runs/start.ts', '@/components/chat/thread'],
    ['lib/mcp/hub.ts', '../stores/contract'],
    ['components/chat/thread.tsx', '@/lib/stores/contract'],
    ['components/chat/thread.tsx', '@/lib/composition'],
    ['components/chat/thread.tsx', '@/app/page'],
    ['app/page.tsx', '@/lib/stores/sqlite/open'],
  ])('refuse in %s an import of %s', (file, imported) => {
    expect(refused(file, imported)).toBe(true)
  })

  it.each([
    ['lib/composition.ts', '@/lib/stores/sqlite/open'],
    ['lib/runs/start.ts', '@/lib/stores/contract'],
    ['lib/runs/execute.ts', '@/lib/agent/loop'],
    ['components/chat/thread.tsx', '@/lib/sessions/fold'],
    ['app/page.tsx', '@/components/chat/thread'],
  ])('allow in %s an import of %s', (file, imported) => {
    expect(refused(file, imported)).toBe(false)
  })
})
