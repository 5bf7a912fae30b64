import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'
import { randomId } from '@/lib/ids'
import { append, applied, type CurrentPair, commit, newPartition, readAll } from '@/lib/stores/contract-suite/pair'

const script = fileURLToPath(new URL('./child.ts', import.meta.url))
const alias = new URL('../../../scripts/typescript-alias.mjs', import.meta.url).href

export function processBehaviour(current: CurrentPair) {
  const children: ChildProcess[] = []

  function start(task: string, partition: string, topics: string[] = []) {
    const input = JSON.stringify({ ...current().child, task, partition, topics })
    const child = spawn(process.execPath, ['--import', alias, script, input], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    return { child, lines, ended: once(child, 'close') }
  }

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  it('shows whole commits only after their process is killed in the middle of a stream of them', async () => {
    const { first } = current()
    await Promise.all(
      [1, 7, 60].map(async (atLeast) => {
        const partition = newPartition()
        const { child, lines, ended } = start('stream', partition)
        await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(atLeast), { timeout: 15_000, interval: 1 })
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])

        const newest = Number((await first.get(partition, 'things', 'newest'))?.body)
        const log = await readAll(first, partition, 'log')
        expect(newest).toBeGreaterThanOrEqual(lines.length)
        expect(log.map(({ n, data }) => [n, Number(data)])).toEqual(log.map((_, index) => [index + 1, index + 1]))
        expect(log).toHaveLength(newest)
        expect(await first.readCounter(partition, 'count')).toBe(newest)
        const page = {
          partition,
          collection: 'things',
          index: 'all',
          group: '',
          order: 'descending',
          limit: 1,
        } as const
        expect((await first.list(page)).map(({ body }) => body)).toEqual([newest])
        const beyond = await first.getMany(partition, 'things', [`thing ${newest}`, `thing ${newest + 1}`])
        expect(beyond.map((document) => document?.body ?? null)).toEqual([newest, null])
      }),
    )
  })

  it('loses no update of three processes that compare and set the same document', async () => {
    const partition = newPartition()
    const runs = [start('increment', partition), start('increment', partition), start('increment', partition)]
    for (const { ended } of runs) expect(await ended).toEqual([0, null])
    const found = await current().second.get(partition, 'things', 'n')
    expect(found).toMatchObject({ body: 120, version: 120 })
  })

  it('wakes watchers across processes in both directions, and each sees every event once', async () => {
    const partition = newPartition()
    const { first } = current()
    const [ping, pong] = [randomId(8), randomId(8)]
    const { child, lines, ended } = start('echo', partition, [ping, pong])
    await vi.waitFor(() => expect(lines).toEqual(['subscribed']), { timeout: 15_000 })

    const seen: { n: number; data: string }[] = []
    let working = Promise.resolve()
    const read = async () => {
      seen.push(...(await readAll(first, partition, 'pong', seen.length)))
    }
    const unsubscribe = await first.subscribe(pong, () => {
      working = working.then(read)
    })
    const events = Array.from({ length: 25 }, (_, index) => ({ n: index + 1, data: JSON.stringify(`event ${index}`) }))
    for (const { n, data } of events) await applied(commit(first, partition, [append('ping', n, [data])], [ping]))
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(events.length), { timeout: 10_000 })
    await working
    expect(seen).toEqual(events)
    unsubscribe()
    child.stdin?.end()
    expect(await ended).toEqual([0, null])
  })
}
