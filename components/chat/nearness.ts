import { boxOf, firstBelow } from '@/components/chat/reading-anchor'

/** So far from what is seen a row may rest. */
const FAR = 3_000

/** Calls `tell` soon, and whenever the row comes near to what is seen or leaves it. Answers how to stop. */
export type WatchNearness = (row: Element, tell: (isNear: boolean) => void) => () => void

export interface Nearness {
  watch: WatchNearness
  close: () => void
}

/**
 * Tells rows of one list whether they are near what their frame shows. Looks at those that are near or were, with the
 * scrolling: an `IntersectionObserver` would look at each of thousands with every frame that changes anything.
 */
export function createNearness(frame: Element): Nearness {
  const tells = new Map<Element, (isNear: boolean) => void>()
  const unsaid = new Set<Element>()
  let near = new Set<Element>()
  let scheduled = 0

  function rowsNear(): Set<Element> {
    const list = tells.keys().next().value?.parentElement
    const view = frame.getBoundingClientRect()
    const found = new Set<Element>()
    let row = list ? firstBelow(list.children, view.top - FAR) : null
    for (; row && boxOf(row).top < view.bottom + FAR; row = row.nextElementSibling) if (tells.has(row)) found.add(row)
    return found
  }

  function look() {
    scheduled = 0
    const now = rowsNear()
    const before = near
    const told = new Set([...before, ...now, ...unsaid])
    near = now
    const isNew = new Set(unsaid)
    unsaid.clear()
    for (const row of told) if (isNew.has(row) || before.has(row) !== now.has(row)) tells.get(row)?.(now.has(row))
  }

  const lookSoon = () => {
    scheduled ||= requestAnimationFrame(look)
  }
  frame.addEventListener('scroll', lookSoon, { passive: true })
  const resized = new ResizeObserver(lookSoon)
  resized.observe(frame)

  return {
    watch: (row, tell) => {
      tells.set(row, tell)
      unsaid.add(row)
      lookSoon()
      return () => {
        tells.delete(row)
        unsaid.delete(row)
        near.delete(row)
      }
    },
    close: () => {
      cancelAnimationFrame(scheduled)
      frame.removeEventListener('scroll', lookSoon)
      resized.disconnect()
    },
  }
}
