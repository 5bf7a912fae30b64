/** JSON indented for reading; anything else as it is. */
export function prettyText(text: string, mediaType: string): string {
  if (!/json/.test(mediaType) || text.length > 200_000) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** A call's arguments, indented; what is not JSON as text. */
export function prettyArguments(input: unknown): string {
  if (input === undefined) return ''
  if (typeof input === 'string') return input
  return JSON.stringify(input, null, 2)
}

/** The arguments in one line, as a hint of what was asked: the values that tell most, shortened. */
export function argumentsHint(input: unknown): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return ''
  const values = Object.values(input).filter((value) => typeof value === 'string' || typeof value === 'number')
  const text = values.map(String).join(' · ').replace(/\s+/g, ' ')
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}
