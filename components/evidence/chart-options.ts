import type uPlot from 'uplot'
import type { Series } from '@/components/evidence/series'
import { formatTick, formatValue } from '@/components/ui/format'

export const CHART_HEIGHT = 200
/** From so many lines on they are thin: a browser without a graphics card draws such lines four times as quickly. */
const MANY_LINES = 7
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]]

/** Today's value of a colour variable: a canvas does not know variables, and the theme decides. */
function resolveColour(element: HTMLElement, variable: string): string {
  element.style.color = `var(${variable})`
  const colour = getComputedStyle(element).color
  element.style.color = ''
  return colour
}

/** Points that no line reaches, because nothing is beside them, are drawn as dots. */
function loneIndexes(plot: uPlot, seriesIndex: number): number[] {
  const values = plot.data[seriesIndex] ?? []
  const lone: number[] = []
  let before: number | null = null
  let isAlone = false
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    // What another line's time left open is no gap.
    if (value === undefined) continue
    if (value === null) {
      if (isAlone && before !== null) lone.push(before)
      isAlone = false
      before = null
      continue
    }
    isAlone = before === null
    before = index
  }
  if (isAlone && before !== null) lone.push(before)
  return lone
}

/** Seconds; null: the pointer went away. */
export interface PlotListener {
  cursor: (time: number | null) => void
  range: (from: number, to: number) => void
  whole: () => void
  /** A drag that moves what is shown begins, where there is something to move. */
  mayMove: () => boolean
  /** Moved by so much of the shown range since then; positive is later. */
  moved: (share: number) => void
}

type Binding = NonNullable<uPlot.Cursor.Bind['mousedown']>

/** With Shift a drag moves the shown range instead of choosing another. */
const bindMouseDown =
  (tell: PlotListener): Binding =>
  (plot, _target, choose) =>
  (event) => {
    if (!event.shiftKey || !tell.mayMove()) return choose(event)
    const follow = ({ clientX }: MouseEvent) => tell.moved((event.clientX - clientX) / plot.over.clientWidth)
    document.addEventListener('mousemove', follow)
    document.addEventListener('mouseup', () => document.removeEventListener('mousemove', follow), { once: true })
    return null
  }

/** What was chosen by a drag is shown; only the page's state decides how, so that nothing is drawn twice. */
function tellSelected(plot: uPlot, tell: PlotListener): void {
  const { left, width } = plot.select
  if (width <= 0) return
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  tell.range(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
}

/** How lines over time are drawn on this element. */
export function chartOptions(series: readonly Series[], element: HTMLElement, tell: PlotListener): uPlot.Options {
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
    height: CHART_HEIGHT,
    legend: { show: false },
    hooks: {
      setCursor: [({ cursor, data }) => tell.cursor(data[0][cursor.idx ?? -1] ?? null)],
      setSelect: [(plot) => tellSelected(plot, tell)],
    },
    cursor: {
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      bind: {
        mousedown: bindMouseDown(tell),
        dblclick: () => () => {
          tell.whole()
          return null
        },
      },
    },
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
        width: series.length < MANY_LINES ? 1.5 : 1,
        dash: DASHES[Math.floor(index / 6)],
        points: { show: true, size: 5, filter: loneIndexes },
      })),
    ],
  }
}
