import type { Plan } from './plan.ts'

/** One message that a client sent, as the client knows it. */
export interface SentMessage {
  plan: Plan
  token: string
  whenBusy: 'queue' | 'steer' | 'reject'
  /** Answers of 202 for it; a repeat must name the same run. */
  runIds: Set<string>
  sessionId: string | null
  /** 202 came, the answer was a refusal, or it was given up without an answer. */
  outcome: 'accepted' | 'refused' | 'unknown'
}

export interface SeenEvent {
  n: number
  data: string
  /** When it came, by `performance.now()`; of watchers only. */
  at?: number
}

/** What one watcher of a run's stream saw over all its connections. */
export interface RunWatch {
  name: string
  runId: string
  events: SeenEvent[]
  connections: number
  /** Instances that the proxy chose, by port. */
  servedBy: Set<string>
  /** Times that the log's id changed, so that it began anew. */
  resets: number
  /** `[DONE]` came. */
  done: boolean
  problems: string[]
}

/** What one watcher of a session's stream saw: events by run, in the order of the runs' first events. */
export interface SessionWatch {
  name: string
  sessionId: string
  runs: Map<string, SeenEvent[]>
  logIds: Map<string, string>
  /** When the first state of the session came over the connection that stands, by `Date.now()`; null: none stands. */
  followsSince: number | null
  connections: number
  servedBy: Set<string>
  resets: number
  problems: string[]
}

/** Everything that was seen from outside. */
export class Records {
  readonly sent: SentMessage[] = []
  readonly runWatches: RunWatch[] = []
  readonly sessionWatches: SessionWatch[] = []
  /** Runs that somebody asked to stop. */
  readonly stopped = new Set<string>()
  readonly faults = new Map<string, number>()
  /** Found while it ran. */
  readonly violations: string[] = []
  readonly counts = new Map<string, number>()

  violation(text: string): void {
    this.violations.push(text)
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  fault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
  }

  get sessions(): Map<string, string> {
    return new Map(this.sent.flatMap(({ sessionId, token }) => (sessionId ? [[sessionId, token] as const] : [])))
  }
}
