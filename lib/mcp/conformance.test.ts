import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOOPBACK_ONLY, ROOT } from '@/lib/mcp/testing/foreign-server'

const PROGRAM = 'node_modules/@modelcontextprotocol/conformance/dist/index.js'
const CLIENT = 'node --import ./scripts/typescript-alias.mjs lib/mcp/testing/conformance-client.ts'

const APPLIES = ['initialize', 'tools_call', 'sse-retry']

/** Scenarios of what our client does not claim to do. */
const DOES_NOT_APPLY: { scenarios: RegExp; because: string }[] = [
  {
    scenarios: /^elicitation-/,
    because: 'A run goes on without a person: our client does not declare the capability, and servers must not ask.',
  },
  {
    scenarios: /^auth\//,
    because:
      'Credentials of a server are headers that an administrator enters; there is no OAuth flow, which would need a person at a browser.',
  },
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwatch-conformance-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function conformance(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, PATH: `${nodeFolder}:${process.env.PATH}` }, timeout: 60_000 }
    execFile(process.execPath, ['--import', LOOPBACK_ONLY, PROGRAM, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}
/** So that `node` is the Node that runs the tests. */
const nodeFolder = process.execPath.replace(/\/[^/]+$/, '')

describe('the client scenarios of the MCP conformance suite', () => {
  it.each(APPLIES)('%s passes', async (scenario) => {
    const { code, output } = await conformance('client', '--command', CLIENT, '--scenario', scenario, '-o', folder)
    expect(output).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/)
    expect(output).toContain('OVERALL: PASSED')
    expect(code).toBe(0)
  })

  it('are these and those that do not apply, and no others', async () => {
    const { output } = await conformance('list', '--client')
    const scenarios = [...output.matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name as string)
    expect(scenarios.length).toBeGreaterThan(APPLIES.length)
    const left = scenarios.filter((name) => !DOES_NOT_APPLY.some(({ scenarios: pattern }) => pattern.test(name)))
    expect(left).toEqual(APPLIES)
  })
})
