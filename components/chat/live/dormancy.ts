import type { Environment } from '@/components/chat/live/environment'

/** How a tab that nobody sees stops watching conversations; the list is watched on, for its states. */
type State =
  | { kind: 'awake' }
  | { kind: 'dozing'; timer: ReturnType<typeof setTimeout> }
  /** `missed`: sessions of which other tabs' events went by. */
  | { kind: 'asleep'; missed: Set<string> }

export interface Dormancy {
  /** Sessions are not watched: nobody would see their tokens. */
  isAsleep: () => boolean
  /** An event of the session went by unread. */
  miss: (sessionId: string) => void
  stop: () => void
}

export interface DormancyOptions {
  environment: Environment
  /** Milliseconds that a tab may be hidden before it sleeps: who looks elsewhere for a moment costs nothing. */
  after: number
  onAsleep: () => void
  /** The sessions of which events went by are to be asked for; the others go on by cursor. */
  onAwake: (missed: string[]) => void
}

export function createDormancy({ environment, after, onAsleep, onAwake }: DormancyOptions): Dormancy {
  let state: State = { kind: 'awake' }

  function wake() {
    const before = state
    if (before.kind === 'dozing') clearTimeout(before.timer)
    state = { kind: 'awake' }
    if (before.kind === 'asleep') onAwake([...before.missed])
  }

  function doze() {
    if (state.kind !== 'awake') return
    const timer = setTimeout(() => {
      state = { kind: 'asleep', missed: new Set() }
      onAsleep()
    }, after)
    state = { kind: 'dozing', timer }
  }

  const stopHidden = environment.onHidden(doze)
  // A network that comes back wakes no tab that is hidden.
  const stopWake = environment.onWake(() => !environment.isHidden() && wake())
  if (environment.isHidden()) doze()

  return {
    isAsleep: () => state.kind === 'asleep',
    miss: (sessionId) => {
      if (state.kind === 'asleep') state.missed.add(sessionId)
    },
    stop: () => {
      stopHidden()
      stopWake()
      if (state.kind === 'dozing') clearTimeout(state.timer)
      state = { kind: 'awake' }
    },
  }
}
