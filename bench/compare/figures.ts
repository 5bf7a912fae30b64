import { round } from '../statistics.ts'

export type Side = 'longwatch' | 'peer'

/** One line of the comparison. Null: it was not to be had, for the reason in `why`. */
export interface Figure {
  what: string
  unit: string
  better: 'lower' | 'higher'
  longwatch: number | null
  peer: number | null
  why?: string
}

/** Two values that lie as near to each other as this are called equal: runs differ as much. */
const EQUAL = 1.05

/** How many times better the one is than the other, as a number above or below 1; null where that says nothing. */
export function advantage({ better, longwatch, peer }: Figure): number | null {
  if (longwatch === null || peer === null) return null
  if (longwatch === peer) return 1
  if (longwatch <= 0 || peer <= 0) return null
  return better === 'lower' ? peer / longwatch : longwatch / peer
}

/** What a reader is to take from a figure, seen from Longwatch. */
export function verdict(figure: Figure): string {
  const { better, longwatch, peer } = figure
  if (longwatch === null && peer === null) return ''
  if (longwatch === null || peer === null) return 'only one has it'
  const ratio = advantage(figure)
  // One of them is 0: a ratio would be endless.
  if (ratio === null) return longwatch < peer === (better === 'lower') ? 'better' : 'worse'
  if (ratio < EQUAL && ratio > 1 / EQUAL) return 'equal'
  const factor = ratio > 1 ? ratio : 1 / ratio
  return `${round(factor, factor < 10 ? 1 : 0).toLocaleString('en')} × ${ratio > 1 ? 'better' : 'worse'}`
}

/** Collects what is measured of one side after the other. */
export class Figures {
  private readonly found = new Map<string, Figure>()

  /** Adds a value; the first of the two sides says how the figure is called. */
  add(side: Side, what: string, unit: string, better: Figure['better'], value: number | null, why?: string): void {
    const figure = this.found.get(what) ?? { what, unit, better, longwatch: null, peer: null }
    figure[side] = value
    if (why) figure.why = why
    this.found.set(what, figure)
  }

  list(): Figure[] {
    return [...this.found.values()]
  }

  /** Rows for a table. */
  rows(peerName: string): Record<string, string | number>[] {
    return this.list().map((figure) => ({
      figure: `${figure.what}, ${figure.unit}`,
      longwatch: figure.longwatch ?? '—',
      [peerName]: figure.peer ?? '—',
      'longwatch is': verdict(figure),
    }))
  }
}
