// The client that `@modelcontextprotocol/conformance` runs: our hub lists a server's tools and calls each of them.
import { Harness } from '@/lib/mcp/testing/harness'

const url = process.argv.at(-1)
if (!url) throw new Error('The address of the server is expected as the last argument.')

const harness = new Harness()
await harness.open()
try {
  await harness.configure('scenario', { url })
  const hub = harness.hub()
  const { tools, failures } = await hub.catalogue(harness.organisation, null)
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join(' '))
  for (const tool of tools) {
    const properties = Object.entries((tool.inputSchema.properties ?? {}) as Record<string, { type?: string }>)
    const given = properties.map(([name, { type }], index) => [name, type === 'number' ? index + 2 : 'text'])
    const outcome = await hub.call({ ...harness.input({ user: null, arguments: Object.fromEntries(given) }), tool })
    if (outcome.status !== 'ok') throw new Error(outcome.message)
  }
} finally {
  await harness.close()
}
