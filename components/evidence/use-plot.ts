'use client'

import { type RefObject, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { CHART_HEIGHT, chartOptions, type PlotListener } from '@/components/evidence/chart-options'
import type { alignSeries, Series } from '@/components/evidence/series'
import type { TimeRange } from '@/components/evidence/thin'
import { useTheme } from '@/components/ui/theme'

type Aligned = ReturnType<typeof alignSeries>

export interface PlotState {
  series: readonly Series[]
  aligned: Aligned
  hidden: ReadonlySet<number>
  /** Null: the whole. */
  range: TimeRange | null
}

const dataOf = ({ times, columns }: Aligned) => [times, ...columns] as uPlot.AlignedData

/** Shows of a plot what the state says; each call of uPlot only where it would change something. */
function apply(plot: uPlot, { aligned, hidden, range }: PlotState): void {
  const shown = range ?? { from: aligned.times[0] ?? 0, to: aligned.times.at(-1) ?? 0 }
  plot.batch(() => {
    if (plot.data[0] !== aligned.times) plot.setData(dataOf(aligned), false)
    // A single moment has no extent of its own: uPlot finds one around it.
    if (shown.to > shown.from) plot.setScale('x', { min: shown.from, max: shown.to })
    for (const [index, line] of plot.series.entries()) {
      if (index > 0 && line.show === hidden.has(index - 1)) plot.setSeries(index, { show: !hidden.has(index - 1) })
    }
  })
}

/** Keeps a uPlot on an element: made anew for other series and another theme, changed for all else. */
export function usePlot(
  host: RefObject<HTMLElement | null>,
  state: PlotState,
  tell: PlotListener,
): RefObject<uPlot | null> {
  const plot = useRef<uPlot | null>(null)
  const now = useRef({ state, tell })
  now.current = { state, tell }
  const [theme] = useTheme()
  const { series, aligned, hidden, range } = state

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes the colours that are read from the style
  useEffect(() => {
    const element = host.current
    if (!element) return
    const draw = () => {
      plot.current?.destroy()
      const options = chartOptions(series, element, {
        cursor: (time) => now.current.tell.cursor(time),
        range: (from, to) => now.current.tell.range(from, to),
        whole: () => now.current.tell.whole(),
        mayMove: () => now.current.tell.mayMove(),
        moved: (share) => now.current.tell.moved(share),
      })
      plot.current = new uPlot(options, dataOf(now.current.state.aligned), element)
      const { hidden, range } = now.current.state
      if (hidden.size > 0 || range) apply(plot.current, now.current.state)
    }
    draw()
    const resized = new ResizeObserver(() => {
      if (plot.current && element.clientWidth !== plot.current.width) {
        plot.current.setSize({ width: element.clientWidth, height: CHART_HEIGHT })
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
  }, [host, series, theme])

  useEffect(() => {
    if (plot.current) apply(plot.current, { series, aligned, hidden, range })
  }, [series, aligned, hidden, range])

  return plot
}
