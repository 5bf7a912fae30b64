import { type Connection, type ConnectionTiming, createConnection } from '@/components/chat/live/connection'
import type { Environment } from '@/components/chat/live/environment'
import { createHub, type Hub } from '@/components/chat/live/hub'
import type { ConnectionStatus, LiveEvent, Watch } from '@/components/chat/live/types'

export interface LinkOptions {
  baseUrl: string
  /** This tab's id among the browser's. */
  tab: string
  fetch: typeof fetch
  environment: Environment
  /** What this tab watches, with its cursors as of now. */
  watches: () => Watch[]
  onEvent: (event: LiveEvent) => void
  onStatus: (status: ConnectionStatus) => void
  /** A connection carries these watches from now on; changes before it may have been missed. */
  onOpen: (keys: string[]) => void
  onSignedOut: () => void
  /** This tab holds the connection from now on. */
  onLead: () => void
  timing?: Partial<ConnectionTiming>
}

/** A tab's end of the browser's one connection. */
export interface Link {
  /** The tab's watches changed. `fresh`: keys whose cursor went back, or whose state was loaded anew. */
  refresh: (fresh?: string[]) => void
  /** True in the tab that holds the connection. */
  isLeader: () => boolean
  /** Ends the connection of every tab of this browser. */
  signOut: () => void
  close: () => void
}

type TabMessage =
  | { type: 'leader'; status: ConnectionStatus }
  | { type: 'want'; tab: string; watches: Watch[]; fresh: string[] }
  | { type: 'bye'; tab: string }
  | { type: 'event'; event: LiveEvent }
  | { type: 'status'; status: ConnectionStatus }
  | { type: 'open'; keys: string[] }
  | { type: 'signed-out' }

/** The name of the lock and the channel of the tabs that share a connection. */
export const linkName = (baseUrl: string) => `longwatch:events${baseUrl === '' ? '' : `:${baseUrl}`}`
/** Living tabs hold a lock of this name and their id. */
export const tabLocks = (baseUrl: string) => `${linkName(baseUrl)}:tab:`
const LIVE_TABS_MILLISECONDS = 30_000

/**
 * Joins the tabs of this browser: the one that holds the Web Lock leads, which is to hold the connection and to pass
 * its events on. When it goes, the browser gives the lock to the next. Where tabs cannot agree, each has its own.
 */
export function createLink(options: LinkOptions): Link {
  const { environment, tab } = options
  const name = linkName(options.baseUrl)
  const { locks } = environment
  const channel = locks && environment.channel ? environment.channel(name) : null
  const leaving = new AbortController()
  let leading: { hub: Hub; connection: Connection; resign: () => void; status: ConnectionStatus } | null = null
  let closed = false

  const post = (message: TabMessage) => {
    if (!closed) channel?.postMessage(message)
  }

  function endSession() {
    if (closed) return
    close()
    options.onStatus({ state: 'signed-out' })
    options.onSignedOut()
  }

  function signOut() {
    post({ type: 'signed-out' })
    endSession()
  }

  function deliver(event: LiveEvent) {
    leading?.hub.delivered(event)
    post({ type: 'event', event })
    options.onEvent(event)
  }

  function lead(resign: () => void) {
    const hub = createHub()
    const connection = createConnection({
      ...options,
      watches: hub.watches,
      onEvent: deliver,
      onOpen: (watches) => {
        hub.opened(watches)
        const keys = watches.map(({ key }) => key)
        post({ type: 'open', keys })
        options.onOpen(keys)
      },
      onStatus: (status) => {
        if (leading) leading.status = status
        post({ type: 'status', status })
        options.onStatus(status)
      },
      onSignedOut: signOut,
    })
    leading = { hub, connection, resign, status: { state: 'connecting' } }
    post({ type: 'leader', status: leading.status })
    hub.want(tab, options.watches(), [])
    connection.refresh()
    options.onLead()
  }

  /** A tab that crashed said no goodbye, but the browser took its lock. */
  async function forgetDeadTabs() {
    if (!locks || !leading) return
    const { held = [] } = await locks.query()
    const prefix = tabLocks(options.baseUrl)
    const alive = held.flatMap((lock) => (lock.name?.startsWith(prefix) ? [lock.name.slice(prefix.length)] : []))
    if (leading?.hub.keep(new Set([tab, ...alive]))) leading.connection.refresh()
  }

  function receive(message: TabMessage) {
    if (message.type === 'signed-out') return endSession()
    if (leading) {
      if (message.type === 'want' && leading.hub.want(message.tab, message.watches, message.fresh)) {
        leading.connection.refresh()
      }
      if (message.type === 'want') post({ type: 'status', status: leading.status })
      if (message.type === 'bye' && leading.hub.want(message.tab, [], [])) leading.connection.refresh()
      return
    }
    if (message.type === 'event') options.onEvent(message.event)
    if (message.type === 'open') options.onOpen(message.keys)
    if (message.type === 'status') options.onStatus(message.status)
    if (message.type === 'leader') {
      options.onStatus(message.status)
      refresh()
    }
  }

  function refresh(fresh: string[] = []) {
    if (closed) return
    const watches = options.watches()
    if (!leading) post({ type: 'want', tab, watches, fresh })
    else if (leading.hub.want(tab, watches, fresh)) leading.connection.refresh()
  }

  function close() {
    if (closed) return
    post({ type: 'bye', tab })
    closed = true
    leaving.abort()
    clearInterval(sweep)
    stopHidden()
    leading?.connection.close()
    leading?.resign()
    leading = null
    channel?.close()
  }

  // Holding a lock of its own for as long as it lives, a tab shows the leader that it does.
  const untilClosed = () => new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()))
  const sweep = setInterval(() => void forgetDeadTabs(), LIVE_TABS_MILLISECONDS)
  let stopHidden = () => {}

  options.onStatus({ state: 'connecting' })
  if (channel && locks) {
    channel.onmessage = (message: MessageEvent<TabMessage>) => {
      if (!closed) receive(message.data)
    }
    void locks.request(`${tabLocks(options.baseUrl)}${tab}`, untilClosed)
    locks
      .request(
        name,
        { signal: leaving.signal },
        () => new Promise<void>((resolve) => (closed ? resolve() : lead(resolve))),
      )
      .catch(() => {}) // Closed while it waited for the lock.
    refresh()
  } else {
    lead(() => {})
    // Without a leader every hidden tab would keep one of the six connections: it gives its own back until it is shown.
    const stopListening = environment.onHidden(() => {
      leading?.connection.close()
      leading = null
      const stopWake = environment.onWake(() => {
        stopWake()
        if (!closed && !leading) lead(() => {})
      })
    })
    stopHidden = stopListening
  }

  return { refresh, isLeader: () => leading !== null, signOut, close }
}
