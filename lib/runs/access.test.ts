import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { findRun } from '@/lib/runs/access'
import { runs } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { watchRun } from '@/lib/runs/watch'
import { sessions } from '@/lib/sessions/collection'

const { signal } = new AbortController()

describe.each(STORES)('a run that is looked at over %s', (kind) => {
  let world: World
  let one: Instance
  beforeAll(async () => {
    world = await World.create({}, kind)
    one = await world.process()
  })
  afterAll(() => world.close())
  afterEach(() => vi.restoreAllMocks())

  const ada = () => one.as(world.ada)

  async function held() {
    const hold = gate()
    world.model.answerInTurn(
      () => [{ text: 'Begun. ' }, { wait: hold.promise }, { text: 'Ended.' }],
      () => [{ text: 'A title' }],
    )
    const started = await startRun(ada(), { message: 'Hold' })
    await expect.poll(async () => JSON.stringify(await world.log(one, started.runId))).toContain('Begun')
    return { ...started, hold }
  }

  /** The next read of a run waits for the gate. */
  function holdRead() {
    const { store } = one.services
    const hold = gate()
    const get = store.get.bind(store)
    let held = false
    const asked: string[] = []
    vi.spyOn(store, 'get').mockImplementation(async (...given) => {
      asked.push(given[1])
      if (given[1] === runs.name && !held) {
        held = true
        await hold.promise
      }
      return get(...given)
    })
    return { hold, asked, readLog: vi.spyOn(store, 'readLog') }
  }

  it('is read side by side with its log, and with its session once that is known', async () => {
    const { runId, hold: running } = await held()
    await findRun(ada(), runId)
    const { hold, asked, readLog } = holdRead()
    const watching = watchRun(ada(), { runId, after: 0, signal })
    expect(asked).toContain(sessions.name)
    await expect.poll(() => readLog.mock.calls.length).toBe(1)
    hold.open()
    expect((await watching).logId).not.toBe('')
    expect(asked.filter((name) => name === sessions.name)).toHaveLength(1)
    running.open()
    await world.ended(one, runId)
  })

  it('and ends meanwhile is followed to its last event', async () => {
    const { runId, hold: running } = await held()
    const after = (await world.log(one, runId)).length
    const { hold, readLog } = holdRead()
    const watching = watchRun(ada(), { runId, after, signal })
    await expect.poll(() => readLog.mock.calls.length).toBe(1)
    await readLog.mock.results[0]?.value
    running.open()
    const log = await world.ended(one, runId)
    await one.supervisor.idle()
    hold.open()
    const numbers: number[] = []
    for await (const entries of (await watching).events) numbers.push(...entries.map(({ n }) => n))
    expect(numbers).toEqual(log.map((_, index) => index + 1).slice(after))
  })

  it('is not there for strangers, whatever becomes of what was read meanwhile', async () => {
    const { runId, hold: running } = await held()
    vi.spyOn(one.services.store, 'readLog').mockRejectedValue(new Error('not for you'))
    for (const who of [world.stranger, world.vera, world.stranger]) {
      const watching = watchRun(one.as(who), { runId, after: 0, signal })
      await expect(watching).rejects.toMatchObject({ code: 'not_found', message: 'No such run.' })
    }
    await expect(watchRun(ada(), { runId, after: 0, signal })).rejects.toThrow('not for you')
    vi.restoreAllMocks()
    running.open()
    await world.ended(one, runId)
  })

  it('belongs to the session that it names itself, not to the one that is remembered', async () => {
    const { runId, hold: running } = await held()
    const { run, access } = await findRun(ada(), runId)
    const other = { ...access.session.body, id: `${access.session.id}x`, owner: 'user:else' }
    await one.services.store.commit({
      partition: other.organisationId,
      operationId: `moved:${runId}`,
      operations: [sessions.put(other.id, other), runs.put(runId, { ...run.body, sessionId: other.id })],
    })
    await expect(findRun(ada(), runId)).rejects.toMatchObject({ code: 'not_found' })
    await one.services.store.commit({
      partition: other.organisationId,
      operationId: `back:${runId}`,
      operations: [runs.put(runId, run.body)],
    })
    running.open()
  })
})
