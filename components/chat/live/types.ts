import type { AttachedFile } from '@/lib/agent/attached'
import type { LongwatchMessage, RunChunk, RunStatus, Usage } from '@/lib/agent/events'
import type { FoldPart, FoldState, ToolProgress } from '@/lib/sessions/fold'

/** What the server says about a session, in lists and as a head. Fields that a later server adds come along. */
export interface SessionSummary {
  id: string
  title: string
  visibility: 'private' | 'organisation'
  createdAt: number
  updatedAt: number
  messageCount: number
  activeRunId: string | null
  /** The active run waits for a person's approval. */
  waiting?: boolean
  /** Of what it asks, the approvals that the caller may decide about. */
  waitingForMe?: readonly string[]
  /** The owner's principal: `user:{id}` or `token:{id}`. */
  owner: string
  /** How the newest run ended. */
  lastStatus?: 'completed' | 'failed' | 'cancelled' | null
  /** Which run that was, and whether the caller asked for it. */
  lastRun?: { id: string; mine: boolean } | null
  /** Set by the caller for themselves. */
  pinned?: boolean
  archived?: boolean
  /** There are messages that the caller has not seen. */
  unread?: boolean
}

/** What a person sets on a session for themselves. */
export interface SessionMarks {
  pinned?: boolean
  archived?: boolean
  /** So many messages were seen. */
  seen?: number
  /** The newest run whose end was seen. */
  seenRun?: string
}

export interface SessionInfo extends SessionSummary {
  organisationId?: string
  /** The model that was chosen for it; null: the organisation's default. */
  model?: string | null
  /** Which thread is the current one; another number than before when it is another. */
  thread?: number
  /** False: what was read is an earlier version. */
  isCurrent?: boolean
  queuePaused?: boolean
  /** The caller may ask, stop and change the queue. */
  mayAct?: boolean
  isOwner?: boolean
}

export interface QueueItem {
  /** The queued run's id. */
  id: string
  message: string
  attachments?: readonly AttachedFile[]
}

export interface QueueView {
  items: readonly QueueItem[]
  /** After a stop the queue waits for `resumeQueue`. */
  paused: boolean
}

export interface ActiveRun {
  runId: string
  status: RunStatus
}

/** `GET /api/sessions/{id}`. */
export interface SessionAnswer extends SessionInfo {
  version?: number
  activeRun: { runId: string; lastEvent: number; logId?: string; fold?: FoldState; message?: LongwatchMessage } | null
  messages: LongwatchMessage[]
  messagesCursor: string | null
  queue: QueueItem[]
}

/** Something that an administrator switched off for everybody. */
export interface SwitchView {
  kind: 'tool' | 'server' | 'writes'
  serverId?: string
  toolName?: string
  name: string
  by: string
  /** Unix milliseconds. */
  at: number
  reason: string
}

/** The events of `GET /api/events`. */
export type LiveEvent =
  | {
      type: 'session'
      data: {
        sessionId: string
        version: number
        snapshot?: boolean
        session: SessionInfo
        queue: QueueItem[]
        /** Omitted: `session.activeRunId` says it. */
        activeRun?: ActiveRun | null
      }
    }
  /** `after`: it takes the place of whatever stood behind this message (null: of everything). */
  | { type: 'message'; data: { sessionId: string; position: number; message: LongwatchMessage; after?: string | null } }
  /** Before a run's first events: the log they are of, and behind which event they begin. */
  | { type: 'log'; data: { sessionId: string; runId: string; logId: string; after: number } }
  | { type: 'run'; data: { sessionId: string; runId: string; n: number; chunk: RunChunk } }
  | {
      type: 'org'
      data: {
        organisationId: string
        sessions: SessionSummary[]
        removed?: string[]
        waitingForMe?: string[]
        switches?: SwitchView[]
      }
    }
  | { type: 'error'; data: { watch: string; error: { code: string; message: string } } }

/** `session:{id}` or `org:{id}`, and for a session where to go on: `{runId}.{n}`. */
export interface Watch {
  key: string
  cursor: string | null
}

export type ConnectionStatus =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; since: number }
  | { state: 'offline'; since: number }
  | { state: 'signed-out' }

export interface ErrorInfo {
  code: string
  message: string
  field?: string
}

/** A session as the page's frame shows it. */
export interface SessionHead {
  id: string
  /** `missing`: it does not exist, or not for this user. `ready` may still be refreshed in the background. */
  status: 'loading' | 'ready' | 'missing' | 'error'
  error?: ErrorInfo
  /** Null until it was loaded. */
  session: SessionInfo | null
  activeRun: ActiveRun | null
  /** Older messages can be asked for with `loadOlder`. */
  hasOlder: boolean
  loadingOlder: boolean
}

/** A message without the contents of its parts: changes only when its list of parts or its metadata does. */
export interface MessageView {
  id: string
  role: LongwatchMessage['role']
  metadata?: LongwatchMessage['metadata']
  /** One React key per part, kept when the finished run's message takes the live one's place. */
  partKeys: readonly string[]
  partTypes: readonly FoldPart['type'][]
  /** True while its run may still add to it. */
  live: boolean
  /** All but `stored` are this tab's own messages that the server has not stored yet; `held`: until it is in reach. */
  delivery: 'stored' | 'sending' | 'held' | 'failed'
  /** Why it could not be sent. */
  error?: ErrorInfo
}

/** The session's active run, or else its newest one that this page has seen. */
export interface RunView {
  runId: string | null
  /** `none`: no run is known to this page. */
  status: RunStatus | 'none'
  /** A stop was asked for by this page and has not taken effect yet. */
  stopping: boolean
  step: number | null
  phase: 'model' | 'tools' | null
  attempt: number
  usage: Usage | null
  /** By tool call id, of the calls that are running. */
  progress: Readonly<Record<string, ToolProgress>>
  error: ErrorInfo | null
}

export interface SessionListView {
  /** Newest change first. */
  sessions: readonly SessionSummary[]
  /** Hand it to `loadSessions` for the next page; null at the end. */
  nextCursor: string | null
  status: 'loading' | 'ready' | 'error'
  error?: ErrorInfo
  /** The approvals that wait for the caller, also of runs whose conversations are not listed; null until they are known. */
  waitingForMe: readonly string[] | null
}

export interface SendInput {
  organisationId: string
  /** Omitted: a new session. */
  sessionId?: string
  message: string
  /** Files that the server has. */
  attachments?: readonly AttachedFile[]
  whenBusy?: 'queue' | 'steer' | 'reject'
  /** The question in whose place it is asked. */
  replaces?: string
  model?: string
  type?: 'chat' | 'investigation'
}

export interface SendResult {
  runId: string
  sessionId: string
  status: 'running' | 'queued'
}
