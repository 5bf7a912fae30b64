'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { sortRows, type Table } from '@/components/evidence/read-table'
import { shortText, visibleText } from '@/components/evidence/read-value'
import { cx } from '@/components/ui/cx'
import { Group } from '@/components/ui/group'

const ROW_HEIGHT = 28
const MOST_CELL_CHARACTERS = 300

function cellText(value: unknown): string {
  const text = shortText(value)
  return visibleText(text.length > MOST_CELL_CHARACTERS ? `${text.slice(0, MOST_CELL_CHARACTERS)}…` : text)
}

/** A table that sorts by its headings; of many rows only the visible ones exist. */
export default function TableView({ table, label = 'Result as a table' }: { table: Table; label?: string }) {
  const [order, setOrder] = useState<{ column: number; descending: boolean } | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  const rows = useMemo(
    () => (order ? sortRows(table.rows, order.column, order.descending) : table.rows),
    [table, order],
  )
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
  })
  if (rows.length === 0) return <p className="py-3 text-center text-xs text-muted">No rows.</p>

  const items = virtual.getVirtualItems()
  const above = items[0]?.start ?? 0
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const sortBy = (column: number) =>
    setOrder(
      order?.column !== column ? { column, descending: false } : order.descending ? null : { column, descending: true },
    )

  return (
    <Group
      ref={frame}
      label={label}
      // What scrolls must be reachable by keyboard.
      tabIndex={0}
      className="max-h-80 overflow-auto rounded-md border border-line"
    >
      <table className="w-full text-xs" aria-rowcount={rows.length + 1} data-testid="result-table">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 z-10 bg-sunken">
          <tr>
            {table.columns.map((column, index) => {
              const sorted = order?.column === index
              const Arrow = order?.descending ? ArrowDown : ArrowUp
              return (
                <th
                  key={column}
                  scope="col"
                  aria-sort={!sorted ? 'none' : order.descending ? 'descending' : 'ascending'}
                  className="text-left font-medium text-muted"
                >
                  <button
                    type="button"
                    onClick={() => sortBy(index)}
                    className="flex h-7 w-full items-center gap-1 px-2 whitespace-nowrap hover:text-ink"
                  >
                    {visibleText(column)}
                    {sorted && <Arrow size={12} aria-hidden />}
                  </button>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden style={{ height: above }} />}
          {items.map((item) => (
            <tr key={item.key} aria-rowindex={item.index + 2} className="h-7 border-t border-line">
              {table.columns.map((column, index) => {
                const value = rows[item.index]?.[index]
                return (
                  <td
                    key={column}
                    title={typeof value === 'string' && value.length > 40 ? cellText(value) : undefined}
                    className={cx('max-w-80 truncate px-2', typeof value === 'number' && 'text-right tabular-nums')}
                  >
                    {cellText(value)}
                  </td>
                )
              })}
            </tr>
          ))}
          {below > 0 && <tr aria-hidden style={{ height: below }} />}
        </tbody>
      </table>
    </Group>
  )
}
