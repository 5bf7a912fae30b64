/** What the list ended with when the reader left its end. */
export interface LeftAt {
  lastId: string | undefined
  /** Parts of that message. */
  parts: number
}

/**
 * How much has come since: messages behind the last one, and parts that the last one got. When the last one is gone (a step
 * made anew, an unsent message that the server took), what is left is counted by place.
 */
export function newSince(
  left: LeftAt & { count: number },
  now: { ids: readonly string[]; partsOf: (id: string) => number },
): number {
  if (left.lastId === undefined) return now.ids.length
  const place = now.ids.lastIndexOf(left.lastId)
  if (place < 0) return Math.max(0, now.ids.length - left.count)
  return now.ids.length - 1 - place + Math.max(0, now.partsOf(left.lastId) - left.parts)
}
