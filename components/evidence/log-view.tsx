'use client'

import { useDeferredValue, useMemo, useState } from 'react'
import type { LogLevel, LogLine } from '@/components/evidence/read-logs'
import { visibleText } from '@/components/evidence/read-value'
import { VirtualList } from '@/components/evidence/virtual-list'
import { Button } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'

const LOOKS: Record<LogLevel, string> = {
  error: 'border-danger text-danger',
  warn: 'border-warn text-warn',
  info: 'border-accent text-accent',
  debug: 'border-line-strong text-faint',
  unknown: 'border-transparent text-faint',
}
const MOST_SHOWN = 4000

const shorten = (text: string) => visibleText(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text)
const clock = (time: number) => new Date(time).toISOString().slice(11, 23)
const holds = (line: LogLine, wanted: string) =>
  line.message.toLowerCase().includes(wanted) || line.fields.some(([, text]) => text.toLowerCase().includes(wanted))

/** Log lines with the colours of their levels, to search; a line opens to its fields. */
export default function LogView({ lines }: { lines: readonly LogLine[] }) {
  const [search, setSearch] = useState('')
  const [level, setLevel] = useState<LogLevel | 'all'>('all')
  const [wrap, setWrap] = useState(false)
  const [open, setOpen] = useState<ReadonlySet<LogLine>>(new Set())
  const levels = useMemo(() => [...new Set(lines.map((line) => line.level))], [lines])
  // Of very many lines the search comes behind the typing.
  const wantedText = useDeferredValue(search)
  const shown = useMemo(() => {
    const wanted = wantedText.trim().toLowerCase()
    return lines.filter((line) => (level === 'all' || line.level === level) && (!wanted || holds(line, wanted)))
  }, [lines, wantedText, level])

  const toggle = (line: LogLine) => {
    const next = new Set(open)
    if (!next.delete(line)) next.add(line)
    setOpen(next)
  }

  return (
    <div data-testid="log-view">
      <div className="mb-1.5 flex flex-wrap items-center gap-1.5 text-xs text-muted">
        <input
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder="Search lines"
          aria-label="Search lines"
          className="h-7 min-w-0 flex-1 rounded-md max-sm:basis-full border border-line-strong bg-surface px-2 text-ink"
        />
        <select
          value={level}
          onChange={(event) => setLevel(levels.find((one) => one === event.target.value) ?? 'all')}
          aria-label="Level"
          className="h-7 rounded-md border border-line-strong bg-surface px-1.5 text-ink"
        >
          <option value="all">All levels</option>
          {levels.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
        <Button size="small" aria-pressed={wrap} onClick={() => setWrap(!wrap)} className={cx(wrap && 'bg-hover')}>
          Wrap
        </Button>
        <span role="status" className="tabular-nums">
          {shown.length === lines.length ? `${lines.length} lines` : `${shown.length} of ${lines.length}`}
        </span>
      </div>
      {shown.length === 0 && (
        <p className="rounded-md border border-line bg-sunken px-3 py-4 text-center text-xs text-muted">
          No line is like that.
        </p>
      )}
      <VirtualList count={shown.length} label="Log lines" rowHeight={22}>
        {(index) => {
          const line = shown[index]
          if (!line) return null
          const isOpen = open.has(line)
          return (
            <div className={cx('border-l-2', LOOKS[line.level])}>
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => toggle(line)}
                className="flex w-full flex-wrap gap-x-2 px-2 text-left hover:bg-hover sm:flex-nowrap"
              >
                {line.time !== null && (
                  <time dateTime={new Date(line.time).toISOString()} className="shrink-0 text-faint">
                    {clock(line.time)}
                  </time>
                )}
                <span className="w-10 shrink-0">{line.level === 'unknown' ? '' : line.level}</span>
                <span
                  className={cx(
                    'min-w-0 flex-1 text-ink [overflow-wrap:anywhere] max-sm:basis-full',
                    wrap || isOpen ? 'whitespace-pre-wrap' : 'line-clamp-2 sm:line-clamp-1',
                  )}
                >
                  {shorten(line.message)}
                </span>
              </button>
              {isOpen && (
                <dl className="grid grid-cols-[auto_1fr] gap-x-3 px-3 py-1 text-muted">
                  {line.fields.length === 0 && <dt>No further fields.</dt>}
                  {line.fields.map(([key, text]) => (
                    <div key={key} className="contents">
                      <dt>{visibleText(key)}</dt>
                      <dd className="[overflow-wrap:anywhere] text-ink">{shorten(text)}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </div>
          )
        }}
      </VirtualList>
    </div>
  )
}
