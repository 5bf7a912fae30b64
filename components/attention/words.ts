import type { AttentionView } from '@/components/chat/live/attention'
import type { Happening } from '@/components/chat/live/happenings'
import { storageKey } from '@/components/site'

/** What stands before a hidden tab's title: how many conversations have ended or wait, and a hand when one waits. */
export const titlePrefix = ({ conversations, waits }: AttentionView): string =>
  conversations === 0 ? '' : `${waits ? '✋ ' : ''}(${conversations}) `

export interface NotificationWords {
  title: string
  body: string
  /** A notification with the same tag takes the place of the one before. */
  tag: string
  /** Null: the list of approvals, or wherever the tab is. */
  sessionId: string | null
  kind: Happening['kind']
}

/** More at once would be a wall of notifications. */
const SEPARATE = 3

function wordsFor(happening: Happening, organisation: string): NotificationWords {
  const body =
    happening.kind === 'waits'
      ? 'A tool call waits for your approval.'
      : happening.outcome === 'failed'
        ? 'The run failed.'
        : 'The answer is there.'
  const title = happening.title || (happening.kind === 'waits' ? 'Longwatch' : 'New session')
  const { id, sessionId, kind } = happening
  return { title: `${title} · ${organisation}`, body, tag: storageKey(id), sessionId, kind }
}

/** What to notify of: each happening by itself, or all in one when there are many at once. */
export function notificationsFor(happenings: Happening[], organisation: string): NotificationWords[] {
  if (happenings.length <= SEPARATE) return happenings.map((happening) => wordsFor(happening, organisation))
  const waiting = happenings.filter(({ kind }) => kind === 'waits').length
  const ended = happenings.length - waiting
  const parts = [
    ...(ended > 0 ? [`${ended} ${ended === 1 ? 'run has' : 'runs have'} ended`] : []),
    ...(waiting > 0 ? [`${waiting} tool ${waiting === 1 ? 'call waits' : 'calls wait'} for you`] : []),
  ]
  const tag = storageKey(`${happenings.map(({ id }) => id).sort()[0]}+${happenings.length}`)
  const kind = waiting > 0 ? 'waits' : 'ended'
  return [{ title: `Longwatch · ${organisation}`, body: `${parts.join(', ')}.`, tag, sessionId: null, kind }]
}
