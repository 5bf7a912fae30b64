import type { Membership, Principal } from '@/lib/access/types'
import type { AttachedFile } from '@/lib/agent/attached'
import type { CodedError, RunStatus, Usage } from '@/lib/agent/events'
import type { NewlyAsked, NewOpening, OpeningAhead } from '@/lib/runs/opening'
import type { Path } from '@/lib/sessions/threads/tree'
import type { Operation } from '@/lib/stores/contract'

/** Where a run stands. What a state does not have cannot be written in it. */
export type RunState =
  /** Behind its session's active run, or with the session's turn but without a place among the runs at once. */
  | { status: 'queued'; waitsFor: 'turn'; position: number }
  | { status: 'queued'; waitsFor: 'place' }
  /** `waited`: milliseconds that it spent waiting for people so far, which no limit of time counts. */
  | { status: 'running'; startedAt: number; waited?: number }
  /** For a person's decision, since then; no process executes it and it holds no place among the runs at once. */
  | { status: 'waiting'; startedAt: number; waited?: number; since: number }
  | { status: 'completed'; startedAt: number; finishedAt: number }
  | { status: 'failed'; startedAt: number | null; finishedAt: number; error: CodedError }
  | { status: 'cancelled'; startedAt: number | null; finishedAt: number }

export interface Run {
  id: string
  organisationId: string
  sessionId: string
  principal: Principal
  type: 'chat' | 'investigation'
  /** The question as it was asked. */
  message: string
  /** What was sent along with it; missing when nothing was. */
  attachments?: AttachedFile[]
  /** Id of the user message in the transcript. */
  userMessageId: string
  /** As asked for; null: the organisation's default. */
  requestedModel: string | null
  /** The question in whose place this one is asked. */
  replaces?: { id: string; position: number }
  /** What its question follows, once it has its session's turn; missing in a session without replaced questions: everything. */
  before?: Path
  /** Set when the first step begins. */
  model: string | null
  state: RunState
  steps: number
  attempts: number
  /** Final only when settled; the log itself is the truth before. */
  lastEvent: number
  usage: Usage
  createdAt: number
}

export type { RunStatus }

/** Room for one more run in a process, kept until it is used or released. */
export interface Room {
  release(): void
}

/** A run as the commit left it that made it, and what that commit's request had just read: nothing is read again. */
export interface NewRun {
  run: Run
  membership: Membership
  /** Made while the commit was on its way. */
  opening: NewOpening
}

/** How this process owns a run from the commit on that makes it. */
export interface RunClaim {
  /** Takes the run's lease, in that commit; so nobody else can have touched the run or its log. */
  operation: Operation
  /**
   * Prepares the run's first step, and asks its model. By the module graph that executes runs: what fails is thrown on to
   * it, and the errors of a model are known by identity.
   */
  open(input: NewlyAsked, ahead: OpeningAhead): NewOpening
  /** The commit was applied: begins to execute. `token` is the operation's value, `sentAt` by `performance.now()`. */
  begin(made: NewRun, token: number, sentAt: number): void
}

/** Executes runs in this process. */
export interface RunSupervisor {
  /** For a run that is about to be made, in the room kept for it; null when it is better left for `execute`. */
  claim(organisationId: string, runId: string, room: Room): RunClaim | null
  /**
   * Begins to execute the run in the background if there is room (or with `room`, kept before) and its lease can be had.
   * Never throws, never waits for the run.
   */
  execute(organisationId: string, runId: string, room?: Room): void
  /** As `execute`, for a run that was woken just now: what this process has no room for, others are told of. */
  resume(organisationId: string, runId: string): void
  /** Room for a new run of the organisation; null when this process is full, or others came first and still wait. */
  reserve(organisationId: string): Room | null
  /**
   * As `execute`, and where nothing runs between requests again and again while the run is watched, until the answer
   * is called.
   */
  attend(organisationId: string, runId: string): () => void
  /** Takes over what lapsed. */
  sweep(): Promise<unknown>
  /** Gives free places to runs of the organisation that wait for one, and executes them, here or elsewhere. */
  admit(organisationId: string): Promise<void>
  /** No new runs; active ones give up their lease at the next safe point. Resolves when none is executed here. */
  drain(): Promise<void>
  /** False once draining. */
  accepts(): boolean
  active(): number
}
