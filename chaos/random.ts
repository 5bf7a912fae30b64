/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T
  }

  shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items]
    for (let index = rest.length - 1; index > 0; index -= 1) {
      const other = this.between(0, index)
      ;[rest[index], rest[other]] = [rest[other] as T, rest[index] as T]
    }
    return rest
  }

  /** A generator of its own, so that one actor's draws do not depend on when the others draw theirs. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296))
  }
}
