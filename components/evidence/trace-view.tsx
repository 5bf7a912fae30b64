'use client'

import { useMemo, useState } from 'react'
import { placeSpans, type TraceSpan } from '@/components/evidence/read-trace'
import { visibleText } from '@/components/evidence/read-value'
import { VirtualList } from '@/components/evidence/virtual-list'
import { cx } from '@/components/ui/cx'
import { formatDuration } from '@/components/ui/format'

const share = (part: number, whole: number) => `${whole > 0 ? Math.min(100, Math.max(0, (part / whole) * 100)) : 0}%`

/** A trace's spans, nested, each with its bar on the trace's time; a span opens to its details. */
export default function TraceView({ spans }: { spans: readonly TraceSpan[] }) {
  const placed = useMemo(() => placeSpans(spans), [spans])
  const total = useMemo(() => placed.reduce((end, span) => Math.max(end, span.offset + span.duration), 0), [placed])
  const services = useMemo(() => [...new Set(placed.map((span) => span.service))], [placed])
  const errors = useMemo(() => placed.filter((span) => span.error).length, [placed])
  const [open, setOpen] = useState<string | null>(null)

  return (
    <div data-testid="trace-view">
      <p className="mb-1.5 text-xs text-muted">
        {placed.length} spans, {formatDuration(total)}, {errors === 1 ? '1 error' : `${errors} errors`}
      </p>
      <VirtualList count={placed.length} label="Spans of the trace" rowHeight={30}>
        {(index) => {
          const span = placed[index]
          if (!span) return null
          const isOpen = open === span.id
          return (
            <div className="border-b border-line">
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => setOpen(isOpen ? null : span.id)}
                className="grid w-full grid-cols-[minmax(0,1fr)_5rem] items-center gap-x-2 gap-y-1 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_5rem] px-2 py-1 text-left hover:bg-hover"
              >
                <span
                  className={cx('truncate', span.error && 'text-danger')}
                  style={{ paddingLeft: Math.min(span.depth, 12) * 10 }}
                >
                  <span className="font-medium">{visibleText(span.service)}</span> {visibleText(span.name)}
                  {span.error && ' (error)'}
                </span>
                <span aria-hidden className="relative h-2 rounded-full bg-line max-sm:order-last max-sm:col-span-2">
                  <span
                    className="absolute h-2 min-w-0.5 rounded-full"
                    style={{
                      left: share(span.offset, total),
                      width: share(span.duration, total),
                      background: span.error
                        ? 'var(--danger)'
                        : `var(--series-${(services.indexOf(span.service) % 6) + 1})`,
                    }}
                  />
                </span>
                <span className="text-right text-muted tabular-nums">{formatDuration(span.duration)}</span>
              </button>
              {isOpen && (
                <dl className="grid grid-cols-[auto_1fr] gap-x-3 px-3 py-1 text-muted">
                  {[['span', span.id], ['starts at', formatDuration(span.offset)], ...span.attributes].map(
                    ([key = '', text = '']) => (
                      <div key={key} className="contents">
                        <dt>{visibleText(key)}</dt>
                        <dd className="[overflow-wrap:anywhere] text-ink">{visibleText(text.slice(0, 4000))}</dd>
                      </div>
                    ),
                  )}
                </dl>
              )}
            </div>
          )
        }}
      </VirtualList>
    </div>
  )
}
