import type { Store } from '@/lib/stores/contract'
import { append, commit, put, readAll } from '@/lib/stores/contract-suite/pair'

// Runs in a process of its own: arguments are how to open the store, what to do, and in which partition.
const { module, open, options, task, partition, topics } = JSON.parse(process.argv[2] ?? '') as {
  module: string
  open: string
  options: unknown
  task: 'stream' | 'increment' | 'echo'
  partition: string
  topics: string[]
}

const opener = ((await import(module)) as Record<string, (options: unknown) => Promise<Store>>)[open]
if (!opener) throw new Error(`${module} exports no ${open}`)
const store = await opener(options)
const say = (line: string) => process.stdout.write(`${line}\n`)

const tasks = {
  /** Commits that belong together, one after the other, until it is killed. */
  async stream() {
    for (let n = 1; ; n += 1) {
      const result = await commit(store, partition, [
        put(`thing ${n}`, n, { indexes: [{ index: 'all', group: '', sort: n }] }),
        append('log', n, [String(n)]),
        { kind: 'count', counter: 'count', by: 1 },
        put('newest', n),
      ])
      if (result.status !== 'applied') throw new Error(JSON.stringify(result))
      say(String(n))
    }
  },
  /** 40 increments by compare-and-set, against whoever else increments. */
  async increment() {
    for (let done = 0; done < 40; ) {
      const found = await store.get(partition, 'things', 'n')
      const condition = found ? { ifVersion: found.version } : { ifAbsent: true as const }
      const result = await commit(store, partition, [put('n', Number(found?.body ?? 0) + 1, condition)])
      if (result.status === 'applied') done += 1
    }
    say('done')
  },
  /** Copies what the parent appends to `ping` into `pong`, only when woken. */
  async echo() {
    const [ping, pong] = topics as [string, string]
    let copied = 0
    let working = Promise.resolve()
    const copy = async () => {
      for (const { n, data } of await readAll(store, partition, 'ping', copied)) {
        copied = n
        await commit(store, partition, [append('pong', n, [data])], [pong])
      }
    }
    await store.subscribe(ping, () => {
      working = working.then(copy)
    })
    say('subscribed')
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
    await working
  },
}

await tasks[task]()
await store.close()
