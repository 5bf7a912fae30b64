/** Something on the page, and its place in what the frame scrolls: the reader's own scrolling does not change it. */
interface Mark {
  element: Element
  place: number
}

/** What is being read: the first thing in view, within its message, within the list; the finest last. */
export type ReadingAnchor = readonly Mark[]

const MAX_DEPTH = 8

/** The box of an element, or of what is in it when it has none of its own (`display: contents`). */
export function boxOf(element: Element): DOMRect {
  const box = element.getBoundingClientRect()
  const inner = element.firstElementChild
  return box.width === 0 && box.height === 0 && inner ? boxOf(inner) : box
}

/** The first child whose end lies below the line. Children stand below each other, so it is found by halving. */
export function firstBelow(children: HTMLCollection, line: number): Element | null {
  let low = 0
  let high = children.length
  while (low < high) {
    const middle = (low + high) >> 1
    const child = children[middle]
    if (child && boxOf(child).bottom > line) high = middle
    else low = middle + 1
  }
  return children[low] ?? null
}

/** What is there only for now (`data-passing`) is nothing to hold on to, if something else is in view. */
function lasting(element: Element | null, end: number): Element | null {
  const next = element?.hasAttribute('data-passing') ? element.nextElementSibling : null
  return next && boxOf(next).top < end ? lasting(next, end) : element
}

/** Notes what the reader has before the eyes. Looks at a few elements only, however long the list is. */
export function noteReading(frame: Element, list: Element): ReadingAnchor {
  const { top: line, bottom } = frame.getBoundingClientRect()
  const marks: Mark[] = []
  let parent: Element = list
  while (marks.length < MAX_DEPTH) {
    const element = lasting(firstBelow(parent.children, line), bottom)
    if (!element) break
    const top = boxOf(element).top - line
    marks.push({ element, place: top + frame.scrollTop })
    // It begins in view: nothing within it can be nearer to the line.
    if (top >= 0) break
    parent = element
  }
  return marks
}

/** How far what was read has moved since; 0 when nothing of it is left. */
export function movedSince(anchor: ReadingAnchor, frame: Element): number {
  const mark = anchor.findLast(({ element }) => element.isConnected)
  return mark ? boxOf(mark.element).top - frame.getBoundingClientRect().top + frame.scrollTop - mark.place : 0
}
