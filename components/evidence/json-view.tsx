'use client'

import { ChevronRight } from 'lucide-react'
import { useMemo, useState } from 'react'
import { isRowOpen, type JsonRow, jsonRows } from '@/components/evidence/json-rows'
import { visibleText } from '@/components/evidence/read-value'
import { VirtualList } from '@/components/evidence/virtual-list'
import { cx } from '@/components/ui/cx'

const MOST_SHOWN = 2000

function valueText({ value, size }: JsonRow): string {
  if (size !== null) return Array.isArray(value) ? `[${size}]` : `{${size}}`
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MOST_SHOWN)) : String(value)
}

/** JSON as a tree of which objects and lists open and close. */
export default function JsonView({ value }: { value: unknown }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => jsonRows(value, toggled), [value, toggled])
  const toggle = (path: string) => {
    const next = new Set(toggled)
    if (!next.delete(path)) next.add(path)
    setToggled(next)
  }
  return (
    <VirtualList count={rows.length} label="Result as a tree" rowHeight={20}>
      {(index) => {
        const row = rows[index]
        if (!row) return null
        const isOpen = isRowOpen(row, toggled)
        const words = (
          <>
            <span className="text-accent">{visibleText(row.name.slice(0, MOST_SHOWN))}</span>
            <span className="text-faint">: </span>
            <span className={cx(row.size !== null && 'text-faint')}>{visibleText(valueText(row))}</span>
          </>
        )
        const style = { paddingLeft: 8 + Math.min(row.depth, 20) * 14 }
        return row.size === null ? (
          <div className="flex items-center pr-2 touch:min-h-10" style={style}>
            <span className="w-4 shrink-0" />
            <span className="min-w-0 [overflow-wrap:anywhere]">{words}</span>
          </div>
        ) : (
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => toggle(row.path)}
            className="flex w-full items-center pr-2 text-left hover:bg-hover"
            style={style}
          >
            <ChevronRight size={12} aria-hidden className={cx('mr-1 shrink-0 text-faint', isOpen && 'rotate-90')} />
            <span className="[overflow-wrap:anywhere]">{words}</span>
          </button>
        )
      }}
    </VirtualList>
  )
}
