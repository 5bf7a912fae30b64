import { expect, it } from 'vitest'
import { RunStopped, unlessAborted } from '@/lib/agent/ports'

it('waits for what hangs only until the signal fires, and then gives its reason', async () => {
  const stop = new AbortController()
  const waiting = unlessAborted(new Promise(() => {}), stop.signal)
  stop.abort(new RunStopped('ada'))
  await expect(waiting).rejects.toBeInstanceOf(RunStopped)
  // Vitest fails a run with an unhandled rejection, as Node ends a process with one.
  await expect(unlessAborted(Promise.reject(new Error('late')), stop.signal)).rejects.toBeInstanceOf(RunStopped)
  await new Promise((resolve) => setImmediate(resolve))
})

it('gives the result or the error of what comes in time, and leaves nothing unhandled', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1)
  await expect(unlessAborted(Promise.reject(new Error('down')), signal)).rejects.toThrow('down')
})
