const MOST_CHARACTERS = 2000

/** A text's lines, the very long ones in pieces, so that no row costs more than the screen can bear. */
export function splitLines(text: string): string[] {
  const rows: string[] = []
  for (const line of text.split(/\r?\n/)) {
    let start = 0
    while (line.length - start > MOST_CHARACTERS) {
      // Not between the halves of one character.
      const end = start + MOST_CHARACTERS
      const cut = /[\uD800-\uDBFF]/.test(line[end - 1] ?? '') ? end - 1 : end
      rows.push(line.slice(start, cut))
      start = cut
    }
    rows.push(line.slice(start))
  }
  return rows
}
