import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests that start servers, kill processes or wait for deadlines: part of `npm test`, too slow for every commit. */
const INTEGRATION = [
  'lib/runs/**/*.test.ts',
  'lib/stores/redis/**/*.test.ts',
  'lib/stores/sqlite/**/*.test.ts',
  'lib/{composition,start}.test.ts',
  'lib/telemetry/diagnose.test.ts',
  'lib/access/{member-administration,invitations}.test.ts',
  'lib/attachments/attachments.test.ts',
  'lib/datasources/prometheus/tools.test.ts',
  'lib/http/{routes,event-streams,sse,attachments,authorisation,settings-general,settings-prompts,no-secrets}.test.ts',
  'lib/mcp/{hostile,call,catalogue,foreign,conformance}.test.ts',
  'lib/mcp/servers/*.test.ts',
  'lib/models/{stream,resolve}.test.ts',
  'components/chat/live/{send,store,leader,held,hidden,attention}.test.ts',
  'demo/**/*.test.ts',
  'lib/stores/transfer.test.ts',
  'lib/usage/usage.test.ts',
  'lib/sessions/{trash,retention}.test.ts',
  'lib/sessions/shares/shares.test.ts',
  'scripts/{maintenance,maintenance-files}.test.ts',
]
/** Several processes of the built application: they want `npm run build` first. */
const INSTANCES = ['chaos/instances/**/*.test.ts']
const ALL = '{lib,components,demo,scripts,app,chaos,bench}/**/*.test.{ts,tsx}'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    setupFiles: ['scripts/vitest-setup.ts'],
    // A fact that is waited for may take its time on a busy machine.
    expect: { poll: { timeout: 5_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: [ALL], exclude: [...INTEGRATION, ...INSTANCES, '**/node_modules/**'] },
      },
      { extends: true, test: { name: 'integration', include: INTEGRATION } },
      {
        extends: true,
        // Each file has processes of its own, and two files at a time are as much as a small machine bears.
        test: { name: 'instances', include: INSTANCES, pool: 'forks', maxWorkers: 2, testTimeout: 60_000 },
      },
    ],
  },
})
