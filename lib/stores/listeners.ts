import type { Logger } from 'pino'

/** The subscribers of this process, by topic. What every driver wakes. */
export class Listeners {
  private readonly topics = new Map<string, Set<() => void>>()
  private readonly logger: Logger | undefined
  /** Called when the first subscriber comes and when the last one leaves. */
  private readonly onActive: (active: boolean) => void

  constructor(logger: Logger | undefined, onActive: (active: boolean) => void = () => {}) {
    this.logger = logger
    this.onActive = onActive
  }

  get active() {
    return this.topics.size > 0
  }

  has(topic: string) {
    return this.topics.has(topic)
  }

  /** Adds a subscriber; the answer removes it (once, however often it is called). */
  add(topic: string, listener: () => void): () => void {
    // A subscription of its own, so that one function may subscribe twice.
    const subscription = () => listener()
    const first = !this.active
    const subscriptions = this.topics.get(topic) ?? new Set()
    subscriptions.add(subscription)
    this.topics.set(topic, subscriptions)
    if (first) this.onActive(true)
    return () => {
      if (!subscriptions.delete(subscription)) return
      if (subscriptions.size === 0 && this.topics.get(topic) === subscriptions) this.topics.delete(topic)
      if (!this.active) this.onActive(false)
    }
  }

  wake(topics: Iterable<string>) {
    for (const topic of topics) {
      const subscriptions = this.topics.get(topic)
      if (!subscriptions) continue
      for (const subscription of [...subscriptions]) {
        try {
          subscription()
        } catch (error) {
          this.logger?.error({ topic, error }, 'a store subscriber threw')
        }
      }
    }
  }

  wakeAll() {
    this.wake([...this.topics.keys()])
  }

  clear() {
    for (const subscriptions of this.topics.values()) subscriptions.clear()
    this.topics.clear()
  }
}
