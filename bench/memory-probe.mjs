// Loaded into the measured process before anything else: on SIGUSR2 it collects garbage and writes what is in use.
import { renameSync, writeFileSync } from 'node:fs'

const file = process.env.BENCH_MEMORY_FILE

if (file) {
  process.on('SIGUSR2', () => {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    writeFileSync(`${file}.new`, JSON.stringify({ resident: rss, used: heapUsed + external }))
    renameSync(`${file}.new`, file)
  })
}
