import type { Outage } from '@/components/chat/live/outage'
import type { RunView } from '@/components/chat/live/types'

/** What is heard of a conversation: which one, and what its run does. */
export interface Heard {
  sessionId: string | null
  /** The session is loaded: what changes from now on is news. */
  known: boolean
  run: Pick<RunView, 'runId' | 'status'>
  /** Why it failed, in the server's words. */
  error: string | null
}

export interface Announcement {
  text: string
  /** Interrupts what is being read: something waits for the person. */
  urgent?: boolean
}

const WANTED: Announcement = { text: 'An approval is wanted: the run waits for it.', urgent: true }

const isNews = (before: Heard | null, now: Heard): boolean => {
  if (!before || before.sessionId !== now.sessionId) return false
  const sameRun = before.run.runId === now.run.runId
  if (sameRun && before.run.status !== 'none') return before.run.status !== now.run.status
  return before.known || before.run.status !== 'none'
}

/** The sentence about a change of the conversation's run; null when there is nothing to say. Tokens change nothing of it. */
export function runSentence(before: Heard | null, now: Heard): Announcement | null {
  const { status, runId } = now.run
  const cameTo = before?.sessionId !== now.sessionId
  // A new chat that became a session begins here too; of one that is only opened, what is over is no news.
  if (cameTo || !isNews(before, now)) {
    const isFound = (cameTo || before?.run.status === 'none') && before?.run.runId !== runId
    if (isFound && status === 'waiting') return WANTED
    return isFound && status === 'running' ? { text: 'An answer is being written.' } : null
  }
  switch (status) {
    case 'running':
      if (before?.run.status === 'waiting' && before.run.runId === runId) return { text: 'The run goes on.' }
      return { text: before?.run.status === 'running' ? 'The next answer has begun.' : 'An answer has begun.' }
    case 'waiting':
      return WANTED
    case 'completed':
      return { text: 'The answer is complete.' }
    case 'cancelled':
      return { text: 'The answer was stopped.' }
    case 'failed':
      return { text: now.error ? `The answer failed: ${now.error}` : 'The answer failed.' }
    default:
      return null
  }
}

const isAway = (state: Outage['state']) => state === 'reconnecting' || state === 'offline'

/** The sentence about the connection: when it is gone for longer than a moment, and when it is back after that. */
export function connectionSentence(before: Outage['state'], now: Outage['state']): Announcement | null {
  if (isAway(now) && !isAway(before)) return { text: 'The connection is lost. Your text is kept, and runs go on.' }
  if (now === 'none' && isAway(before)) return { text: 'The connection is back.' }
  return null
}

/** The sentence about approvals that came to wait for this person, in other conversations than the one that is shown. */
export function approvalSentence(
  before: readonly string[] | null,
  now: readonly string[] | null,
  shown: readonly string[],
): Announcement | null {
  if (!before || !now) return null
  const fresh = now.filter((id) => !before.includes(id) && !shown.includes(id))
  if (fresh.length === 0) return null
  const text =
    fresh.length === 1
      ? 'An approval is wanted of you in another conversation.'
      : `${fresh.length} approvals are wanted of you in other conversations.`
  return { text, urgent: true }
}
