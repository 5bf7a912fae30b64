import type { ConnectionStatus } from '@/components/chat/live/types'

/** How long the live connection has been away, as far as a person should know. */
export type Outage =
  | { state: 'none' }
  /** Too short to be anybody's business. */
  | { state: 'brief'; since: number }
  | { state: 'reconnecting'; since: number }
  /** `network`: the browser has none; `server`: it has been tried for long enough. */
  | { state: 'offline'; since: number; reason: 'network' | 'server' }

export interface OutageTiming {
  /** Below this nothing is said. */
  quiet: number
  /** From then on the server counts as out of reach. */
  patience: number
}

export const outageTiming: OutageTiming = { quiet: 2_000, patience: 15_000 }

/** The connection is away since then, and whether the browser says that it has no network. */
export type Break = { since: number; offline: boolean } | null

/** What is to be said of a break at a moment. */
export function outageAt(broken: Break, now: number, { quiet, patience }: OutageTiming = outageTiming): Outage {
  if (!broken) return { state: 'none' }
  const { since, offline } = broken
  const lasted = now - since
  if (lasted < quiet) return { state: 'brief', since }
  if (offline) return { state: 'offline', since, reason: 'network' }
  return lasted < patience ? { state: 'reconnecting', since } : { state: 'offline', since, reason: 'server' }
}

/** The break that a new status makes of the one before: it lasts until a connection is open. */
export function breakAfter(before: Break, status: ConnectionStatus, now: number): Break {
  switch (status.state) {
    case 'open':
    case 'signed-out':
      return null
    case 'connecting':
      return before ?? { since: now, offline: false }
    case 'reconnecting':
    case 'offline':
      return { since: Math.min(before?.since ?? status.since, status.since), offline: status.state === 'offline' }
  }
}

const isSame = (left: Outage, right: Outage) => JSON.stringify(left) === JSON.stringify(right)

export interface OutageWatch {
  update: (status: ConnectionStatus) => void
  view: () => Outage
  /** Ends its timer; the next `update` begins again. */
  pause: () => void
}

/** Follows the connection's status and tells of each change, also of those that only time brings. */
export function createOutageWatch(onChange: () => void, timing: Partial<OutageTiming> = {}): OutageWatch {
  const limits = { ...outageTiming, ...timing }
  let broken: Break = null
  let outage: Outage = { state: 'none' }
  let timer: ReturnType<typeof setTimeout> | undefined

  function settle() {
    clearTimeout(timer)
    const now = Date.now()
    const next = outageAt(broken, now, limits)
    const due = broken && [limits.quiet, limits.patience].map((after) => (broken?.since ?? 0) + after - now)
    const wait = due?.find((milliseconds) => milliseconds > 0)
    if (wait !== undefined) timer = setTimeout(settle, wait)
    if (isSame(outage, next)) return
    outage = next
    onChange()
  }

  return {
    update: (status) => {
      broken = breakAfter(broken, status, Date.now())
      settle()
    },
    view: () => outage,
    pause: () => clearTimeout(timer),
  }
}
