import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * What is looked at in this process, for platforms where nothing runs between requests: as long as somebody watches a
 * run there is a request, and within it the run can be taken over when its owner is gone.
 */
export class Attention {
  private readonly looks = new Map<string, Set<() => void>>()
  private readonly interval: number
  private timer: NodeJS.Timeout | null = null

  constructor(intervalMilliseconds: number) {
    this.interval = intervalMilliseconds
  }

  /** Calls `look` now and then, as part of the request that this was called in, until the answer is called. */
  add(key: string, look: () => void): () => void {
    const within = AsyncLocalStorage.snapshot()
    const entry = () => within(look)
    const group = this.looks.get(key) ?? new Set()
    this.looks.set(key, group.add(entry))
    this.timer ??= setInterval(() => this.look(), this.interval)
    return () => {
      group.delete(entry)
      if (group.size === 0 && this.looks.get(key) === group) this.looks.delete(key)
      if (this.looks.size > 0 || !this.timer) return
      clearInterval(this.timer)
      this.timer = null
    }
  }

  /** Looks at everything now, once each however many watch it. */
  look(): void {
    // The newest request has the most time left.
    for (const group of this.looks.values()) [...group].at(-1)?.()
  }
}
