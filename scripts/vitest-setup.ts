import { vi } from 'vitest'

// As `expect.poll` in vitest.config.ts: a fact that is waited for may take its time on a busy machine.
const PATIENCE_MILLISECONDS = 5_000
const { waitFor } = vi
vi.waitFor = (fact, options) =>
  waitFor(fact, typeof options === 'number' ? options : { timeout: PATIENCE_MILLISECONDS, ...options })
