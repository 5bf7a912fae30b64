import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeaseLost } from '@/lib/agent/ports'
import { StoreUnavailable } from '@/lib/errors'
import { text } from '@/lib/mcp/testing/script'
import { cancelRun } from '@/lib/runs/cancel'
import { startRun } from '@/lib/runs/start'
import { type Instance, World } from '@/lib/runs/testing/world'

const LEASE = 2_000

describe('several processes, lost answers and frozen owners', () => {
  let world: World
  let one: Instance
  let two: Instance

  beforeAll(async () => {
    world = await World.create()
    one = await world.process()
    two = await world.process()
  })
  afterAll(() => world.close())

  it('makes one of ten simultaneous starts in an idle session active, and queues the others', async () => {
    world.model.answer(() => [{ text: 'ok' }])
    const { runId, sessionId } = await startRun(one.as(world.ada), { message: 'first' })
    await world.ended(one, runId)
    const release = Promise.withResolvers<void>()
    world.model.answer(async function* () {
      yield { wait: release.promise }
      yield { text: 'ok' }
    })
    const started = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        startRun((index % 2 ? one : two).as(world.ada), { message: `next ${index}`, sessionId }),
      ),
    )
    expect(started.filter(({ status }) => status === 'running')).toHaveLength(1)
    release.resolve()
    for (const run of started) await world.ended(one, run.runId)
  })

  it('stores no event twice and loses none when the answer to an append is lost on its way', async () => {
    const lossy = await world.process()
    const { store } = lossy.services
    const commit = store.commit.bind(store)
    let lost = 0
    store.commit = async (input) => {
      const result = await commit(input)
      // Applied, but the process cannot know: each append's first answer is lost.
      if (!input.operationId.startsWith('log:') || (result.status === 'applied' && result.repeated)) return result
      lost += 1
      throw new StoreUnavailable()
    }
    world.model.answer(() => [{ text: 'One ' }, { text: 'two ' }, { text: 'three.' }])
    const { runId } = await startRun(lossy.as(world.ada), { message: 'Count.' })
    const events = await world.ended(lossy, runId)
    expect(lost).toBeGreaterThan(0)
    expect(events.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.delta] : [])).join('')).toBe(
      'One two three.',
    )
    expect(events.at(-1)?.type).toBe('finish')
  })

  it('sends no call when the process was frozen past its lease right before, and no timer could notice', async () => {
    world.tools.add('restart', { annotations: { destructiveHint: false } }, () => text('restarted'))
    world.model.answerInTurn(
      () => [{ call: 'shop__restart', arguments: '{}' }],
      () => [{ text: 'done' }],
    )
    const frozen = await world.process({ leaseMilliseconds: LEASE })
    const call = frozen.services.tools.call.bind(frozen.services.tools)
    const refused = Promise.withResolvers<unknown>()
    frozen.services.tools.call = (input) =>
      call({
        ...input,
        beforeSend() {
          // As SIGSTOP and SIGCONT: the whole process stands still.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE + 200)
          try {
            input.beforeSend?.()
          } catch (error) {
            refused.resolve(error)
            throw error
          }
          refused.resolve('the call was sent')
        },
      })
    await startRun(frozen.as(world.ada), { message: 'Restart it.' })
    expect(await refused.promise).toBeInstanceOf(LeaseLost)
    frozen.kill()
    expect(world.tools.calls).toEqual([])
  })

  it('stops with the next heartbeat when the signal of the stop was lost', async () => {
    const never = Promise.withResolvers<void>()
    world.model.answer(async function* () {
      yield { text: 'Half' }
      yield { wait: never.promise }
    })
    const deaf = await world.process({ leaseMilliseconds: 3_000 })
    deaf.services.store.subscribe = async () => () => {}
    const { runId } = await startRun(deaf.as(world.ada), { message: 'Go on for ever.' })
    await expect.poll(async () => JSON.stringify(await world.log(two, runId))).toContain('Half')
    await cancelRun(two.as(world.ada), { runId })
    expect((await world.ended(two, runId)).at(-1)?.type).toBe('abort')
    never.resolve()
  })
})
