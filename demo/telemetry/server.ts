import { parseArgs } from 'node:util'
import { startTelemetryServer } from './http.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string', default: '1' },
    anchor: { type: 'string' },
    pace: { type: 'string', default: '1' },
    faults: { type: 'boolean', default: false },
  },
})

function number(name: 'port' | 'seed' | 'anchor' | 'pace'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    console.error(`--${name} wants a number, not "${text}"`)
    process.exit(2)
  }
  return value
}

try {
  const server = await startTelemetryServer({
    port: number('port'),
    host: values.host,
    seed: number('seed'),
    anchor: number('anchor'),
    pace: number('pace'),
    faults: values.faults,
  })
  console.log(`telemetry server listening on ${server.url}`)
  const stop = () => {
    void server.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  console.error(`the telemetry server could not start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
