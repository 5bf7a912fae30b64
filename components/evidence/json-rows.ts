export interface JsonRow {
  path: string
  depth: number
  name: string
  value: unknown
  /** The number of entries of an object or a list; null for a plain value. */
  size: number | null
}

const entriesOf = (value: object): [string, unknown][] => Object.entries(value)
const isOpened = (row: JsonRow, toggled: ReadonlySet<string>) => row.depth < 1 !== toggled.has(row.path)

/** The visible rows of a tree, depth first. The first level is open at first; `toggled` are those that changed. */
export function jsonRows(value: unknown, toggled: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = []
  const row = (path: string, depth: number, name: string, inner: unknown): JsonRow => ({
    path,
    depth,
    name,
    value: inner,
    size: typeof inner === 'object' && inner !== null ? Object.keys(inner).length : null,
  })
  const waiting = [row('', 0, 'result', value)]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    rows.push(next)
    if (next.size === null || !isOpened(next, toggled)) continue
    const { path, depth, value: inner } = next
    const children = entriesOf(inner as object).map(([name, child], index) =>
      row(`${path}/${index}`, depth + 1, name, child),
    )
    for (const child of children.reverse()) waiting.push(child)
  }
  return rows
}

export const isRowOpen = isOpened
