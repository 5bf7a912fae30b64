'use client'

import { type RefObject, useState } from 'react'
import type uPlot from 'uplot'
import type { Series } from '@/components/evidence/series'
import { cx } from '@/components/ui/cx'
import { formatInstant, formatValue } from '@/components/ui/format'

const lastValue = (series: Series) => series.points.findLast(([, value]) => value !== null)?.[1] ?? null

/** The lines by name with their values under the cursor, else their latest; a click shows or hides one. */
export function ChartLegend({
  series,
  titles,
  time,
  values,
  plot,
}: {
  series: readonly Series[]
  titles: readonly string[]
  /** Seconds; null while the cursor is elsewhere. */
  time: number | null
  values: readonly (number | null)[] | null
  plot: RefObject<uPlot | null>
}) {
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())

  const toggle = (index: number) => {
    const next = new Set(hidden)
    if (!next.delete(index)) next.add(index)
    setHidden(next)
    plot.current?.setSeries(index + 1, { show: !next.has(index) })
  }

  return (
    <figcaption className="mt-1.5 flex max-h-28 flex-wrap gap-x-1 gap-y-0.5 overflow-y-auto text-xs">
      {series.map((one, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: lines keep their places, and titles may repeat
          key={`${index}-${titles[index]}`}
          type="button"
          aria-pressed={!hidden.has(index)}
          onClick={() => toggle(index)}
          className={cx(
            'inline-flex max-w-full items-center gap-1.5 rounded-sm px-1.5 py-0.5 text-left hover:bg-hover',
            hidden.has(index) && 'text-faint line-through',
          )}
        >
          <span
            aria-hidden
            className="h-0.5 w-3 shrink-0 rounded-full"
            style={{ background: `var(--series-${(index % 6) + 1})` }}
          />
          <span className="truncate">{titles[index]}</span>
          <span className="shrink-0 text-muted tabular-nums">
            {formatValue(values ? values[index] : lastValue(one), one.unit)}
          </span>
        </button>
      ))}
      <span className="ml-auto self-center px-1.5 text-faint tabular-nums">
        {time === null ? 'latest' : formatInstant(time * 1000)}
      </span>
    </figcaption>
  )
}
