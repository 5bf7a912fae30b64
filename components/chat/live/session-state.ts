import type { Api } from '@/components/chat/live/api'
import type { Pending } from '@/components/chat/live/pending'
import type { Runs } from '@/components/chat/live/runs'
import type { SessionViews } from '@/components/chat/live/session-views'
import type { Transcript } from '@/components/chat/live/transcript'
import type {
  ActiveRun,
  ErrorInfo,
  LiveEvent,
  QueueItem,
  SendResult,
  SessionHead,
  SessionInfo,
} from '@/components/chat/live/types'
import type { AttachedFile } from '@/lib/agent/attached'

export interface SessionStoreOptions {
  sessionId: string
  /** A message of an earlier version: shows the thread through it, and is not told of changes. */
  branch?: string
  api: Api
  schedule: (work: () => void) => void
  /** The session may be watched from `cursor()` on; called again whenever it was loaded anew. */
  onLoaded: () => void
  onSubscribers: (count: number) => void
  /** Milliseconds that events may be late before the session is asked for again. */
  patience?: number
}

/** One session's state outside React. Readers subscribe by topic; see `session-views.ts` for the topics. */
export interface SessionStore extends SessionViews {
  sessionId: string
  receive: (event: LiveEvent) => void
  /** Fetches the session; calls while it is being fetched share one more fetch. Never rejects: failures are in the head. */
  load: () => Promise<void>
  loadOlder: () => Promise<void>
  /** Where to watch from; undefined until it was loaded. */
  cursor: () => string | null | undefined
  beginSend: (localId: string, text: string, files?: readonly AttachedFile[]) => void
  acceptSend: (localId: string, result: SendResult) => void
  failSend: (localId: string, error: ErrorInfo) => void
  /** It is sent as soon as the server is in reach. */
  holdSend: (localId: string) => void
  removeFailed: (localId: string) => string | null
  /** It holds messages of this tab that the server does not have. */
  hasUnsent: () => boolean
  setStopping: (runId: string, stopping: boolean) => void
  /** Shows a queue before the server confirmed it. Answers how to take that back; false when it has changed since. */
  setQueue: (change: (queue: readonly QueueItem[]) => QueueItem[]) => () => boolean
  setSession: (change: Partial<SessionInfo>) => void
  /** Ends its timers; `load` begins again. */
  pause: () => void
}

/** What the store knows; the views are made from it once per frame. */
export interface SessionState {
  sessionId: string
  status: SessionHead['status']
  error?: SessionHead['error']
  session: SessionInfo | null
  activeRun: ActiveRun | null
  queue: readonly QueueItem[]
  messagesCursor: string | null
  loadingOlder: boolean
  stopping: Set<string>
  transcript: Transcript
  runs: Runs
  pending: Pending
}
