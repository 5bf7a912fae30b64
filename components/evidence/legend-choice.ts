/**
 * Which lines are hidden after one was chosen in the legend: chosen plainly it stands alone, and once it does, all come
 * back; chosen as one of several (`toggle`), it goes or comes back by itself.
 */
export function chooseLine(
  hidden: ReadonlySet<number>,
  index: number,
  count: number,
  toggle: boolean,
): ReadonlySet<number> {
  if (toggle) {
    const next = new Set(hidden)
    if (!next.delete(index)) next.add(index)
    // Nothing at all is no choice of lines.
    return next.size >= count ? new Set() : next
  }
  const isAlone = !hidden.has(index) && hidden.size === count - 1
  if (isAlone) return new Set()
  return new Set(Array.from({ length: count }, (_, line) => line).filter((line) => line !== index))
}
