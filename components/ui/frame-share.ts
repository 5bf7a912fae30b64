/** Less than this of its step nothing gets: all go on, however many want to. */
const LEAST = 0.1
/** A frame that took longer had too much to do. Milliseconds. */
const SLOW = 34
const QUICK = 24
/** Longer is no frame: the page rested, or was hidden. */
const PAUSE = 500
const MOST = 1
const FIRST = 0.3
const FEWEST = 0.25

export interface FrameShare {
  /** Of a whole frame's work so much is wanted (0 to 1); answers how much may be done in this one. */
  claim: (wanted: number) => number
}

/**
 * Shares the frames' work among all that is drawn gradually, so that a frame has as much to do for twenty messages as for
 * one. It begins with little: nothing was run yet, and first times are slow. A machine on which frames still take
 * too long gets less of each.
 */
export function createFrameShare(frameTime: () => number | null): FrameShare {
  let size = FIRST
  let left = size
  let began: number | null = null

  function enter(now: number) {
    const took = began === null ? PAUSE : now - began
    // What a frame took says something of the size only if it had that much to do.
    if (left <= 0 && took < PAUSE) {
      if (took > SLOW) size = Math.max(FEWEST, size / 2)
      else if (took < QUICK) size = Math.min(MOST, size * 1.5)
    }
    began = now
    left = size
  }

  return {
    claim: (wanted) => {
      const now = frameTime()
      // Where there are no frames nothing has to be shared.
      if (now === null) return wanted
      if (now !== began) enter(now)
      const given = Math.min(wanted, Math.max(LEAST, left))
      left -= given
      return given
    },
  }
}

/** The page's own. The time of its timeline stands still within a frame. */
export const frameShare = createFrameShare(() => {
  const time = typeof document === 'undefined' ? null : document.timeline?.currentTime
  return typeof time === 'number' ? time : null
})
