import type { Environment } from '@/components/chat/live/environment'

/** What the tabs of a browser know of each other. */
export interface TabPresence {
  visible: boolean
  /** It holds the browser's connection. */
  leads: boolean
  /** Ids of the sessions and organisations that it shows. */
  sessions: string[]
  organisations: string[]
}

export interface Presence {
  /** What this tab is has changed: the others are to know. */
  announce: () => void
  /** Somebody looks at another tab. */
  isSeenElsewhere: () => boolean
  isShownElsewhere: (sessionId: string) => boolean
  /** Of all tabs that show the organisation this one speaks for it: the one with the connection, else the first by id. */
  speaksFor: (organisationId: string) => boolean
  close: () => void
}

export interface PresenceOptions {
  environment: Environment
  /** This tab's id, and the prefix of the locks that living tabs hold. */
  tab: string
  locks: string
  channel: string
  own: () => TabPresence
  onChange: () => void
}

type PresenceMessage =
  | { type: 'here'; tab: string; presence: TabPresence }
  | { type: 'who' }
  | { type: 'gone'; tab: string }

const SWEEP_MILLISECONDS = 30_000

/** Keeps the book of the browser's other tabs. Where tabs cannot hear each other, every one is alone. */
export function createPresence(options: PresenceOptions): Presence {
  const { environment, tab, own } = options
  const others = new Map<string, TabPresence>()
  const channel = environment.locks && environment.channel ? environment.channel(options.channel) : null
  const post = (message: PresenceMessage) => channel?.postMessage(message)
  const announce = () => post({ type: 'here', tab, presence: own() })

  function receive(message: PresenceMessage) {
    if (message.type === 'who') return announce()
    if (message.type === 'here') others.set(message.tab, message.presence)
    else others.delete(message.tab)
    options.onChange()
  }

  /** A tab that crashed said no goodbye, but the browser took its lock. */
  async function forgetDead() {
    const held = (await environment.locks?.query())?.held ?? []
    const alive = new Set(held.map(({ name }) => name))
    const dead = [...others.keys()].filter((other) => !alive.has(`${options.locks}${other}`))
    for (const other of dead) others.delete(other)
    if (dead.length > 0) options.onChange()
  }

  if (channel) channel.onmessage = (message: MessageEvent<PresenceMessage>) => receive(message.data)
  const sweep = channel ? setInterval(() => void forgetDead(), SWEEP_MILLISECONDS) : undefined
  post({ type: 'who' })
  announce()

  return {
    announce,
    isSeenElsewhere: () => [...others.values()].some(({ visible }) => visible),
    isShownElsewhere: (sessionId) => [...others.values()].some(({ sessions }) => sessions.includes(sessionId)),
    speaksFor: (organisationId) => {
      const here: [string, TabPresence] = [tab, own()]
      const among = [...others, here].filter(([, { organisations }]) => organisations.includes(organisationId))
      const speaker =
        among.find(([, { leads }]) => leads) ?? among.sort(([left], [right]) => (left < right ? -1 : 1))[0]
      return speaker === here
    },
    close: () => {
      post({ type: 'gone', tab })
      clearInterval(sweep)
      channel?.close()
    },
  }
}
