'use client'

import { useEffect, useRef, useState } from 'react'

const ALL = Number.POSITIVE_INFINITY

/**
 * How many of `total` things to draw now: all of a few, of many `step` more with each frame, so that no frame has them
 * all to render and lay out. What comes later little by little is drawn at once.
 */
export function useGradually(total: number, step: number): number {
  const [drawn, setDrawn] = useState(total <= step ? ALL : step)
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
    const frame = requestAnimationFrame(() => setDrawn(shown + step))
    return () => cancelAnimationFrame(frame)
  }, [shown, step, isWhole])

  return Math.min(total, shown)
}
