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

const PER_SUBJECT = 3

/** Violations with at most three of the same subject (what stands before the first colon) shown whole. */
export function condensed(violations: string[]): [string, string][] {
  const rows: [string, string][] = []
  const seen = new Map<string, number>()
  for (const text of violations) {
    const subject = text.slice(0, text.indexOf(': ') < 0 ? undefined : text.indexOf(': '))
    const times = (seen.get(subject) ?? 0) + 1
    seen.set(subject, times)
    if (times <= PER_SUBJECT) rows.push([text, ''])
  }
  for (const [subject, times] of seen) {
    if (times > PER_SUBJECT) rows.push([`${subject}: and ${times - PER_SUBJECT} more`, ''])
  }
  return rows
}
