'use client'

import type { KeyboardEvent } from 'react'
import type { Series } from '@/components/evidence/series'
import { cx } from '@/components/ui/cx'
import { formatInstant, formatValue } from '@/components/ui/format'

const lastValue = (series: Series) => series.points.findLast(([, value]) => value !== null)?.[1] ?? null

/** The values of the lines at a time; seconds. */
export interface Reading {
  time: number
  values: readonly (number | null | undefined)[]
}

/**
 * The lines by name with their values under the cross-hair, else their latest. Choosing one isolates it, choosing it
 * again brings all back; with Ctrl, Command or Shift one is hidden or shown.
 */
export function ChartLegend({
  series,
  titles,
  reading,
  hidden,
  onChoose,
}: {
  series: readonly Series[]
  titles: readonly string[]
  /** Null while nothing is read. */
  reading: Reading | null
  hidden: ReadonlySet<number>
  onChoose: (index: number, toggle: boolean) => void
}) {
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const isModified = event.ctrlKey || event.metaKey || event.shiftKey
    if (!isModified || (event.key !== 'Enter' && event.key !== ' ')) return
    // Browsers differ in whether a key's click tells of the modifiers.
    event.preventDefault()
    onChoose(index, true)
  }
  return (
    <figcaption className="mt-1.5 flex flex-wrap gap-x-1 text-xs">
      <div className="flex max-h-28 touch:max-h-42 min-w-0 flex-wrap gap-x-1 gap-y-0.5 overflow-y-auto">
        {series.map((one, index) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: lines keep their places, and titles may repeat
            key={`${index}-${titles[index]}`}
            type="button"
            aria-pressed={!hidden.has(index)}
            title={series.length > 1 ? 'Only this line; with Ctrl: hide or show it' : undefined}
            data-testid="legend-item"
            onClick={(event) => onChoose(index, event.ctrlKey || event.metaKey || event.shiftKey)}
            onKeyDown={(event) => onKeyDown(event, index)}
            className={cx(
              'inline-flex max-w-full items-center gap-1.5 rounded-sm px-1.5 py-0.5 text-left hover:bg-hover',
              hidden.has(index) && 'text-muted line-through',
            )}
          >
            <span
              aria-hidden
              className={cx('h-0.5 w-3 shrink-0 rounded-full', hidden.has(index) && 'opacity-30')}
              style={{ background: `var(--series-${(index % 6) + 1})` }}
            />
            <span className="truncate">{titles[index]}</span>
            <span className="shrink-0 text-muted tabular-nums">
              {formatValue(reading ? reading.values[index] : lastValue(one), one.unit)}
            </span>
          </button>
        ))}
      </div>
      {/* Beside them and not among them: it stays where it is while many lines scroll. */}
      <span className="ml-auto px-1.5 py-0.5 text-muted tabular-nums" data-testid="reading">
        {reading === null ? 'latest' : formatInstant(reading.time * 1000)}
      </span>
    </figcaption>
  )
}
