import type { LiveEvent, RunView } from '@/components/chat/live/types'
import { messageIdOf, type RunStatus } from '@/lib/agent/events'
import { emptyFold, type FoldState, foldChunk } from '@/lib/sessions/fold'

/** The runs of one session that this page follows, each folded as far as its events have come. */
export interface Runs {
  /** `gap`: events before this one are missing. `known`: it was folded already, or its message is settled. */
  receive: (event: Extract<LiveEvent, { type: 'run' }>['data'], isSettled: boolean) => 'folded' | 'known' | 'gap'
  /** False: the log lost history that this page had folded. What was folded of it is dropped. */
  follow: (event: Extract<LiveEvent, { type: 'log' }>['data']) => boolean
  /** Takes the server's state of a run unless the page's own is further, or it is of a log that is no more. */
  adopt: (runId: string, fold: FoldState | undefined, logId: string | undefined) => void
  get: (runId: string) => FoldState | undefined
  /** The run that writes this message has ended, as far as this page knows. */
  hasEnded: (messageId: string) => boolean
  newest: () => { runId: string; fold: FoldState } | null
  /** Frees the folds of settled runs: all that never came to their end here, and all but the newest that did. */
  forget: (isSettled: (runId: string) => boolean) => void
}

export function createRuns(): Runs {
  const folds = new Map<string, FoldState>()
  const logIds = new Map<string, string>()
  const newest = () => {
    let last: { runId: string; fold: FoldState } | null = null
    for (const [runId, fold] of folds) last = { runId, fold }
    return last
  }
  return {
    receive: ({ runId, n, chunk }, isSettled) => {
      const fold = folds.get(runId) ?? (n === 1 && !isSettled ? emptyFold(messageIdOf(runId)) : undefined)
      if (!fold) return isSettled ? 'known' : 'gap'
      if (n <= fold.events) return 'known'
      if (n > fold.events + 1) return 'gap'
      folds.set(runId, foldChunk(fold, chunk))
      return 'folded'
    },
    follow: ({ runId, logId, after }) => {
      const before = logIds.get(runId)
      logIds.set(runId, logId)
      const fold = folds.get(runId)
      // Without an id to compare, events that begin before what is folded are suspect: the server had to begin anew.
      const isSame = before === undefined ? !fold || fold.events <= after : before === logId
      if (!isSame) folds.delete(runId)
      return isSame
    },
    adopt: (runId, fold, logId) => {
      const known = logIds.get(runId)
      if (logId && known && logId !== known) return
      if (logId) logIds.set(runId, logId)
      const theirs = fold?.v === 1 ? fold : emptyFold(messageIdOf(runId))
      const ours = folds.get(runId)
      if (!ours || ours.events < theirs.events) folds.set(runId, theirs)
    },
    get: (runId) => folds.get(runId),
    hasEnded: (messageId) => [...folds.values()].some((fold) => fold.messageId === messageId && fold.ended !== null),
    newest,
    forget: (isSettled) => {
      const last = newest()?.runId
      for (const [runId, fold] of folds) {
        if (!isSettled(runId) || (runId === last && fold.ended)) continue
        folds.delete(runId)
        logIds.delete(runId)
      }
    },
  }
}

export const noRun: RunView = {
  runId: null,
  status: 'none',
  stopping: false,
  step: null,
  phase: null,
  attempt: 1,
  usage: null,
  progress: {},
  error: null,
}

function statusOf(fold: FoldState): RunStatus {
  if (fold.ended) {
    const byEnd = { finish: 'completed', abort: 'cancelled', error: 'failed' } as const
    return fold.metadata?.status ?? byEnd[fold.ended.kind]
  }
  return fold.run?.status ?? 'running'
}

/** What the page shows of a run besides its message. */
export function runView(runId: string, fold: FoldState, stopping: boolean): RunView {
  const error = fold.metadata?.error
  const failure = fold.ended?.kind === 'error' ? { code: 'internal', message: fold.ended.errorText } : null
  return {
    runId,
    status: statusOf(fold),
    stopping: stopping && !fold.ended,
    step: fold.step?.step ?? null,
    phase: fold.step?.phase ?? null,
    attempt: fold.run?.attempt ?? fold.metadata?.attempts ?? 1,
    usage: fold.usage ?? fold.metadata?.usage ?? null,
    progress: fold.progress,
    error: error ?? failure,
  }
}

/** Compares field by field, so that a view that says the same keeps its identity. */
export function sameFields<T extends object>(left: T, right: T): boolean {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]) as Set<keyof T>
  for (const key of keys) if (left[key] !== right[key]) return false
  return true
}
