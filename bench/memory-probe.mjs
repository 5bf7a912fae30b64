// Loaded into the measured process before anything else: on SIGUSR2 it collects garbage and writes what is in use.
import { renameSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.BENCH_MEMORY_FILE

if (file && isMainThread) {
  process.on('SIGUSR2', () => {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    writeFileSync(`${file}.new`, JSON.stringify({ resident: rss, used: heapUsed + external }))
    renameSync(`${file}.new`, file)
  })
  // Its standard input closes when the bench dies, however it dies.
  process.stdin.on('end', () => process.exit(1)).resume()
}
