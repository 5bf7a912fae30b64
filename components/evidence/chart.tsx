'use client'

import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from 'react'
import 'uplot/dist/uPlot.min.css'
import { ChartLegend, type Reading } from '@/components/evidence/chart-legend'
import { CHART_HEIGHT } from '@/components/evidence/chart-options'
import { chooseLine } from '@/components/evidence/legend-choice'
import { indexOfTime, movedRange, movedReading, shownOf, zoomedRange } from '@/components/evidence/reading'
import { alignSeries, inOrder, MAX_DRAWN_SERIES, type Series, seriesTitles } from '@/components/evidence/series'
import { FEWEST_OF_A_LINE, pointsPerLine, type TimeRange, thin, valueAt } from '@/components/evidence/thin'
import { usePlot } from '@/components/evidence/use-plot'
import { Button } from '@/components/ui/button'
import { formatInstant, formatValue } from '@/components/ui/format'

/** So many lines are read out; more is a table's business. */
const MOST_SPOKEN = 6
/** So much of the shown range a key moves it. */
const SHIFTED = 0.2

function spoken(reading: Reading, series: readonly Series[], titles: readonly string[], hidden: ReadonlySet<number>) {
  const lines = series.flatMap((one, index) => {
    const value = reading.values[index]
    return hidden.has(index) || value === undefined ? [] : `${titles[index]} ${formatValue(value, one.unit)}`
  })
  const more = lines.length > MOST_SPOKEN ? [`and ${lines.length - MOST_SPOKEN} more`] : []
  return [formatInstant(reading.time * 1000), ...lines.slice(0, MOST_SPOKEN), ...more].join(', ')
}

function useLines(all: readonly Series[]) {
  return useMemo(() => {
    const series = all.slice(0, MAX_DRAWN_SERIES).map((one) => ({ ...one, points: inOrder(one.points) }))
    const times = series.flatMap(({ points }) => [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0])
    return { series, titles: seriesTitles(series), whole: { from: Math.min(...times), to: Math.max(...times) } }
  }, [all])
}

/**
 * The points that are drawn: of few lines that are seen, and of what is zoomed into, more. They follow a change in a
 * task of their own; until then what was there is shown in the new range.
 */
function useDrawn(series: readonly Series[], range: TimeRange | null, hidden: ReadonlySet<number>) {
  const [rangeThen, hiddenThen] = [useDeferredValue(range), useDeferredValue(hidden)]
  return useMemo(() => {
    const most = pointsPerLine(series.length - hiddenThen.size)
    const drawn = series.map((one, index) => ({
      ...one,
      points: thin(one.points, rangeThen, hiddenThen.has(index) ? FEWEST_OF_A_LINE : most),
    }))
    return alignSeries(drawn)
  }, [series, rangeThen, hiddenThen])
}

/**
 * Lines over time. By mouse: drag to zoom, with Shift to move what is shown, double-click to go back. By keyboard: the
 * arrows, Home and End read, with Shift the arrows move what is shown, plus and minus zoom, 0 shows the whole, Escape
 * stops reading. The legend tells the values.
 */
export default function Chart({ series: all, title }: { series: readonly Series[]; title: string }) {
  const { series, titles, whole } = useLines(all)
  const host = useRef<HTMLDivElement>(null)
  /** Of the reading; the points under it change with the zoom. */
  const [moment, setMoment] = useState<number | null>(null)
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())
  const [range, setRange] = useState<TimeRange | null>(null)
  const aligned = useDrawn(series, range, hidden)
  /** What was shown when a drag began that moves it. */
  const movedFrom = useRef<TimeRange | null>(null)
  const plot = usePlot(
    host,
    { series, aligned, hidden, range },
    {
      cursor: setMoment,
      range: (from, to) => setRange(from <= whole.from && to >= whole.to ? null : { from, to }),
      whole: () => setRange(null),
      mayMove: () => {
        movedFrom.current = range
        return range !== null
      },
      moved: (share) => setRange(movedFrom.current && movedRange(whole, movedFrom.current, share)),
    },
  )
  const { times } = aligned
  const at = moment === null ? null : indexOfTime(times, moment)
  const time = at === null ? undefined : times[at]
  const reading: Reading | null =
    time === undefined ? null : { time, values: series.map(({ points }) => valueAt(points, time)) }
  const shown = shownOf(times, range)

  const read = (index: number | null) => {
    const to = index === null ? null : (times[index] ?? null)
    const left = to === null ? -10 : (plot.current?.valToPos(to, 'x') ?? -10)
    plot.current?.setCursor({ left, top: to === null ? -10 : CHART_HEIGHT / 3 }, false)
    setMoment(to)
  }
  const zoom = (key: string) => {
    const middle = time ?? ((range ?? whole).from + (range ?? whole).to) / 2
    if (key === '+' || key === '=') setRange(zoomedRange(whole, range ?? whole, middle, 0.5))
    if (key === '-') setRange(range && zoomedRange(whole, range, middle, 2))
    if (key === '0') setRange(null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if ('+=-0'.includes(event.key)) {
      event.preventDefault()
      return zoom(event.key)
    }
    if (event.shiftKey && range && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      event.preventDefault()
      return setRange(movedRange(whole, range, event.key === 'ArrowLeft' ? -SHIFTED : SHIFTED))
    }
    const to = movedReading(event.key, at, shown)
    // Escape without a reading belongs to what is around.
    if (to === undefined || (to === null && at === null)) return
    event.preventDefault()
    event.stopPropagation()
    read(to)
  }

  return (
    <figure className="relative min-w-0" data-testid="chart" data-points={times.length}>
      <div
        ref={host}
        role="slider"
        tabIndex={0}
        aria-label={`Chart: ${title}. ${series.length} series. Arrow keys read the values.`}
        aria-orientation="horizontal"
        aria-valuemin={shown.first}
        aria-valuemax={shown.last}
        aria-valuenow={Math.min(shown.last, Math.max(shown.first, at ?? shown.last))}
        aria-valuetext={reading ? spoken(reading, series, titles, hidden) : 'Nothing is read'}
        onKeyDown={onKeyDown}
        className="w-full overflow-hidden rounded-sm"
        style={{ height: CHART_HEIGHT }}
      />
      {range && (
        <Button
          size="small"
          onClick={() => setRange(null)}
          className="absolute top-1 right-1"
          data-testid="whole-range"
        >
          Whole range
        </Button>
      )}
      <ChartLegend
        series={series}
        titles={titles}
        reading={reading}
        hidden={hidden}
        onChoose={(index, toggle) => setHidden(chooseLine(hidden, index, series.length, toggle))}
      />
      {all.length > series.length && (
        <p className="mt-1 text-xs text-muted">
          {series.length} of {all.length} series are drawn.
        </p>
      )}
    </figure>
  )
}
