import { expect, it } from 'vitest'
import { createPace } from '@/components/chat/live/pace'

/** A pace over a clock that only the work moves. */
function paced(isHidden = false) {
  const clock = { now: 0, frames: 0 }
  const schedule = (work: () => void) => {
    clock.frames += 1
    setImmediate(work)
  }
  const pace = createPace({ isHidden: () => isHidden, schedule }, () => clock.now)
  const spend = (milliseconds: number) =>
    pace.work(() => {
      clock.now += milliseconds
    })
  return { clock, pace, spend }
}

it('lets work that comes in bulk rest after a slice, until behind the next frame', async () => {
  const { clock, pace, spend } = paced()
  spend(5)
  expect(pace.isDue()).toBe(false)
  spend(5)
  expect(pace.isDue()).toBe(true)
  await pace.rest()
  expect(pace.isDue()).toBe(false)
  expect(clock.frames).toBe(1)
})

it('asks for no frame in a hidden page, which gets none', async () => {
  const { clock, pace, spend } = paced(true)
  spend(10)
  await pace.rest()
  expect(clock.frames).toBe(0)
  expect(pace.isDue()).toBe(false)
})

it('never keeps work waiting that comes now and then, however much it was in all', async () => {
  const { pace, spend } = paced()
  for (let turn = 0; turn < 5; turn += 1) {
    spend(6)
    expect(pace.isDue()).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})
