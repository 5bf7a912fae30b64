export const say = (text: string) => void process.stdout.write(`[chaos] ${text}\n`)

/** `1 run`, `2 runs`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** Prints rows under a heading; nothing when there are none. */
export function table(heading: string, rows: Iterable<[string, number | string]>): void {
  const lines = [...rows]
  if (lines.length === 0) return
  const width = Math.min(48, Math.max(...lines.map(([label]) => label.length)))
  process.stdout.write(`\n${heading}\n`)
  for (const [label, value] of lines) process.stdout.write(`  ${label.padEnd(width)}  ${value}\n`)
  process.stdout.write('\n')
}
