'use client'

import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { ChartLegend } from '@/components/evidence/chart-legend'
import { alignSeries, MAX_DRAWN_SERIES, type Series, seriesTitles } from '@/components/evidence/series'
import { formatTick, formatValue } from '@/components/ui/format'
import { useTheme } from '@/components/ui/theme'

const HEIGHT = 200
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]]

/** Today's value of a colour variable: a canvas does not know variables, and the theme decides. */
function resolveColour(element: HTMLElement, variable: string): string {
  element.style.color = `var(${variable})`
  const colour = getComputedStyle(element).color
  element.style.color = ''
  return colour
}

function drawOptions(
  series: readonly Series[],
  element: HTMLElement,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const colour = (variable: string) => resolveColour(element, variable)
  const unit = series[0]?.unit
  const font = '11px ui-sans-serif, system-ui, sans-serif'
  const axis = {
    font,
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_plot, splits, _axis, _space, step) => splits.map((time) => formatTick(time, step)),
      },
      { ...axis, size: 62, values: (_plot, splits) => splits.map((value) => formatValue(value, unit)) },
    ],
    series: [
      {},
      ...series.map((_one, index) => ({
        stroke: colour(`--series-${(index % 6) + 1}`),
        width: 1.5,
        dash: DASHES[Math.floor(index / 6)],
        points: { show: series[index]?.points.length === 1 },
      })),
    ],
  }
}

/** Lines over time. Drag to zoom, double-click to go back; the legend tells the values under the cursor. */
export default function Chart({ series: all, title }: { series: readonly Series[]; title: string }) {
  const series = useMemo(() => all.slice(0, MAX_DRAWN_SERIES), [all])
  const titles = useMemo(() => seriesTitles(series), [series])
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [at, setAt] = useState<number | null>(null)
  const aligned = useMemo(() => alignSeries(series), [series])
  const [theme] = useTheme()

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes the colours that are read from the style
  useEffect(() => {
    const element = host.current
    if (!element) return
    const { times, columns } = aligned
    const draw = () => {
      plot.current?.destroy()
      const options = drawOptions(series, element, setAt)
      plot.current = new uPlot(options, [times, ...columns], element)
    }
    draw()
    const resized = new ResizeObserver(() => {
      if (plot.current && element.clientWidth !== plot.current.width) {
        plot.current.setSize({ width: element.clientWidth, height: HEIGHT })
      }
    })
    resized.observe(element)
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    return () => {
      resized.disconnect()
      dark.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = null
    }
  }, [series, aligned, theme])

  return (
    <figure className="min-w-0" data-testid="chart">
      <div
        ref={host}
        role="img"
        aria-label={`Chart: ${title}. ${series.length} series.`}
        className="w-full overflow-hidden"
        style={{ height: HEIGHT }}
      />
      <ChartLegend
        series={series}
        titles={titles}
        time={at === null ? null : (aligned.times[at] ?? null)}
        values={at === null ? null : aligned.columns.map((column) => column[at] ?? null)}
        plot={plot}
      />
      {all.length > series.length && (
        <p className="mt-1 text-xs text-muted">
          {series.length} of {all.length} series are drawn.
        </p>
      )}
    </figure>
  )
}
