import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'

export interface Column<Row> {
  key: string
  header: string
  cell: (row: Row) => ReactNode
  align?: 'right'
  /** Of the cell, for instance a width. */
  className?: string
  /** The column's name is not repeated on a narrow screen, where each row is a card: the title, the buttons. */
  plain?: boolean
}

/** A table that becomes a list of cards where it has no room. `caption` is read, not shown. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowAttributes,
  empty,
}: {
  caption: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string
  /** `data-…` for tests and styles. */
  rowAttributes?: (row: Row) => Record<`data-${string}`, string | undefined>
  /** What stands there without rows. */
  empty: ReactNode
}) {
  if (rows.length === 0) {
    return (
      <div className="rounded-lg border border-dashed border-line-strong px-4 py-8 text-center text-sm text-muted">
        {empty}
      </div>
    )
  }
  return (
    <div className="@container overflow-hidden rounded-lg border border-line bg-surface">
      <table className="block w-full text-sm @2xl:table">
        <caption className="sr-only">{caption}</caption>
        <thead className="sr-only @2xl:not-sr-only @2xl:table-header-group">
          <tr className="@2xl:border-b @2xl:border-line @2xl:bg-sunken">
            {columns.map(({ key, header, align }) => (
              <th
                key={key}
                scope="col"
                className={cx(
                  'px-3 py-2 text-xs font-medium text-muted',
                  align === 'right' ? 'text-right' : 'text-left',
                )}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block divide-y divide-line @2xl:table-row-group">
          {rows.map((row) => (
            <tr key={rowKey(row)} {...rowAttributes?.(row)} className="block py-2 @2xl:table-row @2xl:py-0">
              {columns.map(({ key, header, cell, align, className, plain }) => (
                <td
                  key={key}
                  className={cx(
                    'flex gap-3 px-3 py-1 [overflow-wrap:anywhere] @2xl:table-cell @2xl:py-2.5 @2xl:align-middle',
                    align === 'right' && '@2xl:text-right',
                    className,
                  )}
                >
                  {!plain && (
                    <span aria-hidden className="w-28 shrink-0 text-xs leading-5 text-muted @2xl:hidden">
                      {header}
                    </span>
                  )}
                  <div className="min-w-0 flex-1">{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
