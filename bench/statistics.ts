/** The value that a share of the sorted values does not exceed; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((first, second) => first - second)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? 0
}

export const median = (values: readonly number[]) => percentile(values, 0.5)

export const round = (value: number, digits = 1) => Number(value.toFixed(digits))

/** Delays in whole milliseconds, counted: a million of them weigh no more than one. */
export class Delays {
  private readonly counts = new Uint32Array(60_001)
  total = 0

  add(milliseconds: number): void {
    const place = Math.min(60_000, Math.max(0, Math.round(milliseconds)))
    this.counts[place] = (this.counts[place] ?? 0) + 1
    this.total += 1
  }

  within(milliseconds: number): number {
    let count = 0
    for (let place = 0; place <= milliseconds; place += 1) count += this.counts[place] ?? 0
    return count
  }

  percentile(share: number): number {
    const wanted = Math.ceil(this.total * share)
    let count = 0
    for (let place = 0; place < this.counts.length; place += 1) {
      count += this.counts[place] ?? 0
      if (count >= wanted) return place
    }
    return 0
  }
}
