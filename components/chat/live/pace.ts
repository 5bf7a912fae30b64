import type { Environment } from '@/components/chat/live/environment'

/** So long events are worked on without a pause; then the page draws what it has. */
const SLICE_MILLISECONDS = 8

/** Spreads work that comes in bulk over frames, so that a page which catches up still answers to its reader. */
export interface Pace {
  /** Does the work and counts its time. */
  work: (work: () => void) => void
  /** This turn of the event loop has done enough: `rest` before the next piece. */
  isDue: () => boolean
  /** Resolves behind the next paint; in a hidden page, which is not painted, in another turn. */
  rest: () => Promise<void>
}

/** Another turn of the event loop. Timers would be: in a hidden page they wait for a second and more. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

export function createPace(
  environment: Pick<Environment, 'isHidden' | 'schedule'>,
  now: () => number = () => performance.now(),
): Pace {
  let spent = 0
  let counts = false

  /** What comes in a later turn, a token now and then, has never to wait. */
  function countThisTurn() {
    if (counts) return
    counts = true
    void nextTurn().then(() => {
      counts = false
      spent = 0
    })
  }

  return {
    work: (work) => {
      countThisTurn()
      const began = now()
      work()
      spent += now() - began
    },
    isDue: () => spent >= SLICE_MILLISECONDS,
    rest: async () => {
      if (!environment.isHidden()) await new Promise<void>((resolve) => environment.schedule(resolve))
      await nextTurn()
      spent = 0
    },
  }
}
