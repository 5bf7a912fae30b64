import { parseArgs } from 'node:util'
import { startModelServer } from './http.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'tokens-per-second': { type: 'string', default: '60' },
    scripts: { type: 'boolean', default: false },
  },
})

function number(name: 'port' | 'tokens-per-second', least: number): number {
  const value = Number(values[name])
  if (values[name].trim() === '' || !Number.isFinite(value) || value < least) {
    console.error(`--${name} wants a number from ${least} on, not "${values[name]}"`)
    process.exit(2)
  }
  return value
}

try {
  const server = await startModelServer({
    port: number('port', 0),
    host: values.host,
    tokensPerSecond: number('tokens-per-second', 1),
    scripts: values.scripts,
  })
  console.log(`demo model listening on ${server.url}`)
  const stop = () => {
    void server.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  console.error(`the demo model could not start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
