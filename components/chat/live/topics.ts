/** Listeners by topic; what was touched is told once per frame. */
export interface Topics {
  subscribe: (topic: string, listener: () => void) => () => void
  notify: (topic: string) => void
  size: () => number
}

export function createTopics(onCount: (count: number) => void = () => {}): Topics {
  const listeners = new Map<string, Set<() => void>>()
  let count = 0
  return {
    subscribe: (topic, listener) => {
      // An own function per subscription, so that the same listener may subscribe twice.
      const entry = () => listener()
      const group = listeners.get(topic) ?? new Set()
      listeners.set(topic, group.add(entry))
      onCount(++count)
      return () => {
        if (!group.delete(entry)) return
        if (group.size === 0 && listeners.get(topic) === group) listeners.delete(topic)
        onCount(--count)
      }
    },
    notify: (topic) => {
      for (const listener of [...(listeners.get(topic) ?? [])]) listener()
    },
    size: () => count,
  }
}
