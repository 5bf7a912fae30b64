import { parseArgs } from 'node:util'
import { RoundRobin } from '../chaos/round-robin.ts'

// The reverse proxy of the full set-up: `node demo/proxy.ts --port 3000 --to 3001 --to 3002`.
const { values } = parseArgs({ options: { port: { type: 'string' }, to: { type: 'string', multiple: true } } })
const proxy = await RoundRobin.start((values.to ?? []).map(Number), Number(values.port ?? 0))
console.log(`proxy listening on ${proxy.url}`)
process.on('SIGTERM', () => void proxy.close().then(() => process.exit(0)))
