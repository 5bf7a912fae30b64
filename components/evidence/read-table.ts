import { isRecord, ownValue, shortText } from '@/components/evidence/read-value'

export interface Table {
  columns: string[]
  rows: unknown[][]
}

const MOST_COLUMNS = 60

/** One level of nesting becomes columns of its own: `labels.job`. */
function flat(row: Record<string, unknown>): Map<string, unknown> {
  const cells = new Map<string, unknown>()
  for (const [key, value] of Object.entries(row)) {
    if (isRecord(value)) for (const [inner, cell] of Object.entries(value)) cells.set(`${key}.${inner}`, cell)
    else cells.set(key, value)
  }
  return cells
}

function tableOf(list: readonly unknown[]): Table | null {
  if (list.every(isRecord)) {
    const cells = list.map(flat)
    const columns = [...new Set(cells.flatMap((row) => [...row.keys()]))]
    if (columns.length === 0 || columns.length > MOST_COLUMNS) return null
    return { columns, rows: cells.map((row) => columns.map((column) => row.get(column))) }
  }
  if (list.every((item) => item === null || typeof item !== 'object')) {
    return { columns: ['value'], rows: list.map((item) => [item]) }
  }
  return null
}

/** The table in a result: a list, or an object's only list. Null when there is none. */
export function readTable(value: unknown): Table | null {
  if (Array.isArray(value)) return value.length === 0 ? { columns: [], rows: [] } : tableOf(value)
  if (!isRecord(value)) return null
  const data = ownValue(value, 'data')
  if (Array.isArray(data)) return readTable(data)
  const lists = Object.entries(value).filter(([key, item]) => Array.isArray(item) && key !== 'notes')
  return lists.length === 1 ? readTable(lists[0]?.[1]) : null
}

/** Made once: for each pair it would cost more than the comparison. */
const texts = new Intl.Collator(undefined, { numeric: true })

/** The order of two cells: numbers by size, texts as people sort them, nothing last. */
export function compareCells(a: unknown, b: unknown): number {
  const [noA, noB] = [a === null || a === undefined || a === '', b === null || b === undefined || b === '']
  if (noA || noB) return Number(noA) - Number(noB)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return texts.compare(shortText(a), shortText(b))
}

/** The rows by one column; what has no value stays last in either direction. The given rows stay as they are. */
export function sortRows(rows: readonly unknown[][], column: number, descending: boolean): unknown[][] {
  const empty = (cell: unknown) => cell === null || cell === undefined || cell === ''
  return rows.toSorted((a, b) => {
    const order = compareCells(a[column], b[column])
    return descending && !empty(a[column]) && !empty(b[column]) ? -order : order
  })
}
