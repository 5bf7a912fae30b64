'use client'

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { frameShare } from '@/components/ui/frame-share'

const ALL = Number.POSITIVE_INFINITY

const never = () => () => undefined
/** While it becomes the browser's own, the page must be what the server made of it. */
const useHydrating = () =>
  useSyncExternalStore(
    never,
    () => false,
    () => true,
  )

/** How many of those that are not drawn yet may be in this frame; `share`: others of the frame count, too. */
function grant(missing: number, step: number, share: boolean): number {
  if (!share) return step
  return Math.max(1, Math.ceil(frameShare.claim(Math.min(1, missing / step)) * step))
}

/**
 * How many of `total` things to draw now: all of a few, of many up to `step` more with each frame, so that no frame has
 * them all to render and lay out. What comes later little by little is drawn at once. With `share` the frame is shared with
 * all others that do so; `step` is then what a frame can bear of such things alone.
 */
export function useGradually(total: number, step: number, { share = false } = {}): number {
  const hydrating = useHydrating()
  const [drawn, setDrawn] = useState(() => {
    const first = hydrating ? step : grant(total, step, share)
    return total <= first ? ALL : first
  })
  /** As it was when it was drawn last. */
  const before = useRef(total)
  let shown = drawn
  if (drawn === ALL && total - before.current > step) {
    shown = before.current + step
    setDrawn(shown)
  }
  const isWhole = shown >= total

  useEffect(() => {
    before.current = total
  }, [total])

  useEffect(() => {
    if (shown === ALL) return
    if (isWhole) return setDrawn(ALL)
    const frame = requestAnimationFrame(() => setDrawn(shown + grant(before.current - shown, step, share)))
    return () => cancelAnimationFrame(frame)
  }, [shown, step, share, isWhole])

  return Math.min(total, shown)
}
