/** Where one is in the questions asked before: `index` counts back from the newest, 0 is the newest. */
export interface Recalled {
  index: number
  text: string
}

/**
 * The question that an arrow brings into the composer. Up begins only in an empty field and goes on only while the
 * field holds what was brought; down goes back, at last to the empty field. Null: the key keeps its usual meaning.
 */
export function recallStep(
  questions: readonly string[],
  current: Recalled | null,
  text: string,
  direction: 'up' | 'down',
): { text: string; recalled: Recalled | null } | null {
  const place = current !== null && current.text === text ? current.index : null
  if (place === null && (direction === 'down' || text !== '')) return null
  const index = (place ?? -1) + (direction === 'up' ? 1 : -1)
  if (index < 0) return { text: '', recalled: null }
  const question = questions.at(-1 - index)
  return question === undefined ? null : { text: question, recalled: { index, text: question } }
}
