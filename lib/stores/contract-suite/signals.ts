import { expect, it, vi } from 'vitest'
import { randomId } from '@/lib/ids'
import { applied, type CurrentPair, commit, newPartition, put } from '@/lib/stores/contract-suite/pair'

export function signalBehaviour(current: CurrentPair) {
  it('wakes for everything committed after the subscription was acknowledged, on either connection', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const woken = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const topic = `topic ${randomId(6)}`
        const [subscriber, writer] = [
          [first, second],
          [second, first],
          [first, first],
          [second, second],
        ][index % 4] as [typeof first, typeof first]
        const listener = vi.fn()
        const unsubscribe = await subscriber.subscribe(topic, listener)
        await applied(commit(writer, partition, [put(topic, 1)], [topic]))
        await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 3000 })
        unsubscribe()
        return listener.mock.calls
      }),
    )
    // A wake-up carries nothing.
    for (const calls of woken) for (const call of calls) expect(call).toEqual([])
  })

  it('leaves its own process asleep for topics that are to wake elsewhere only', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const [topic, last] = [randomId(6), randomId(6)]
    const [own, elsewhere, done] = [vi.fn(), vi.fn(), vi.fn()]
    await first.subscribe(topic, own)
    await second.subscribe(topic, elsewhere)
    await first.subscribe(last, done)
    const operations = [put('a', 1)]
    await applied(first.commit({ partition, operationId: randomId(12), operations, signalsElsewhere: [topic] }))
    await vi.waitFor(() => expect(elsewhere).toHaveBeenCalled(), { timeout: 3000 })
    await applied(commit(second, partition, [put('b', 1)], [last]))
    await vi.waitFor(() => expect(done).toHaveBeenCalled(), { timeout: 3000 })
    expect(own).not.toHaveBeenCalled()
  })

  it('wakes without a commit too, and several topics at once', async () => {
    const { first, second } = current()
    const topics = [randomId(6), randomId(6)]
    const listeners = topics.map(() => vi.fn())
    for (const [index, topic] of topics.entries()) await second.subscribe(topic, listeners[index] as () => void)
    await first.signal([])
    await first.signal(topics)
    await vi.waitFor(() => {
      for (const listener of listeners) expect(listener).toHaveBeenCalled()
    })
  })

  it('lets two subscribers of one topic leave one by one', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const topic = randomId(6)
    const [leaving, staying] = [vi.fn(), vi.fn()]
    const leave = await second.subscribe(topic, leaving)
    await second.subscribe(topic, staying)
    leave()
    leave()
    await applied(commit(first, partition, [put('a', 1)], [topic]))
    await vi.waitFor(() => expect(staying).toHaveBeenCalled())
    expect(leaving).not.toHaveBeenCalled()
  })

  it('goes on waking the others when a listener throws, and does not fail the commit', async () => {
    const partition = newPartition()
    const { first } = current()
    const topic = randomId(6)
    const listener = vi.fn()
    await first.subscribe(topic, () => {
      throw new Error('a listener must not throw')
    })
    await first.subscribe(topic, listener)
    await applied(commit(first, partition, [put('a', 1)], [topic]))
    await vi.waitFor(() => expect(listener).toHaveBeenCalled())
  })

  it('shows a woken reader what was committed', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const topic = randomId(6)
    const seen: unknown[] = []
    await second.subscribe(topic, async () => {
      seen.push((await second.get(partition, 'things', 'a'))?.body)
    })
    for (let round = 1; round <= 3; round += 1) {
      await applied(commit(first, partition, [put('a', round)], [topic]))
      await vi.waitFor(() => expect(seen.at(-1)).toBe(round))
    }
  })
}
