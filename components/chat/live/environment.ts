/** What the engine needs of the browser, so that it runs without one, too. */
export interface Environment {
  isOnline: () => boolean
  isHidden: () => boolean
  /** The network came back or the page was shown. Answers how to stop listening. */
  onWake: (listener: () => void) => () => void
  /** The network is gone: what is open will say nothing more, and may not say that either. */
  onOffline: (listener: () => void) => () => void
  onHidden: (listener: () => void) => () => void
  /** The page goes away (or into the browser's cache of pages), and comes back from there. */
  onLeave: (listener: () => void) => () => void
  onReturn: (listener: () => void) => () => void
  /** Null where tabs cannot agree on a leader: then every tab has its own connection. */
  locks: LockManager | null
  channel: ((name: string) => BroadcastChannel) | null
  /** The tab's own: it outlives a reload and is shared with no other tab. Null where there is none. */
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  /** Runs the work before the next paint; in a hidden page, which is not painted, a little later. */
  schedule: (work: () => void) => void
}

/** 128 random bits in hexadecimal. `crypto.randomUUID` does not exist on pages that came over plain HTTP. */
export const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const HIDDEN_FLUSH_MILLISECONDS = 250

function listen(target: EventTarget | undefined, types: string[], listener: (event: Event) => void): () => void {
  for (const type of types) target?.addEventListener(type, listener)
  return () => {
    for (const type of types) target?.removeEventListener(type, listener)
  }
}

/** Reading the property throws where a browser forbids storage. */
function tabStorage(frame: Window | undefined): Environment['storage'] {
  try {
    return frame?.sessionStorage ?? null
  } catch {
    return null
  }
}

/** The real browser; on a server its events never come and work is scheduled by timer. */
export function browserEnvironment(): Environment {
  const page = typeof document === 'undefined' ? undefined : document
  const frame = typeof window === 'undefined' ? undefined : window
  const isHidden = () => page?.visibilityState === 'hidden'
  return {
    isOnline: () => globalThis.navigator?.onLine !== false,
    isHidden,
    onWake: (listener) => {
      const stopOnline = listen(frame, ['online'], listener)
      const stopShown = listen(page, ['visibilitychange'], () => !isHidden() && listener())
      return () => {
        stopOnline()
        stopShown()
      }
    },
    onOffline: (listener) => listen(frame, ['offline'], listener),
    onHidden: (listener) => listen(page, ['visibilitychange'], () => isHidden() && listener()),
    onLeave: (listener) => listen(frame, ['pagehide'], listener),
    onReturn: (listener) =>
      listen(frame, ['pageshow'], (event) => 'persisted' in event && event.persisted === true && listener()),
    locks: globalThis.navigator?.locks ?? null,
    storage: tabStorage(frame),
    channel: typeof BroadcastChannel === 'undefined' ? null : (name) => new BroadcastChannel(name),
    schedule: (work) => {
      if (!frame) {
        setTimeout(work, 16)
        return
      }
      // A page hidden after the request gets no frame: the timer stands in.
      let done = false
      const once = () => {
        if (done) return
        done = true
        clearTimeout(timer)
        work()
      }
      const timer = setTimeout(once, HIDDEN_FLUSH_MILLISECONDS)
      if (!isHidden()) frame.requestAnimationFrame(once)
    },
  }
}
