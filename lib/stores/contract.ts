/**
 * The store contract. Repositories are written once, over these types; a driver implements `Store` and passes
 * the shared contract suite (`lib/stores/contract-suite.ts`). Nothing here knows what a run or a session is.
 *
 * Words. A *partition* is the unit of atomicity: one organisation, or `global`. A *document* is versioned JSON in a
 * named collection. A *log* is an append-only list numbered 1, 2, 3 … without gaps. A *lease* is time-bounded
 * ownership with a fencing token that only grows. A *signal* is a wake-up without content. A *counter* is a number
 * that expires. All times that a driver measures are measured by the store's own clock.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** One place in a declared index: documents of a group are listed by `sort`, then by id. */
export interface IndexEntry {
  index: string
  group: string
  /** A finite number; equal values are ordered by document id (by code points, which is the order of their UTF-8 bytes). */
  sort: number
}

export interface StoredDocument {
  id: string
  /** 1 at creation, plus 1 with every put. */
  version: number
  /** The schema version of the body, as it was written. */
  v: number
  body: Json
}

export interface LogEntry {
  /** The event's number: 1, 2, 3 … */
  n: number
  /** JSON text, kept as text so that a reader can pass it on without parsing. */
  data: string
}

/** What one commit may do. All of a commit's operations are applied, or none. */
export type Operation =
  /** Writes a whole document. Its index entries replace the ones it had. Without `expiresIn` an earlier expiry is lifted. */
  | {
      kind: 'put'
      collection: string
      id: string
      v: number
      body: Json
      indexes: IndexEntry[]
      /** Refused (`version`) unless the document exists with this version. */
      ifVersion?: number
      /** Refused (`exists`) when the document exists. */
      ifAbsent?: true
      /** Milliseconds from now by the store's clock. */
      expiresIn?: number
    }
  /** Deleting what does not exist succeeds, unless `ifVersion` is given. */
  | { kind: 'delete'; collection: string; id: string; ifVersion?: number }
  /** Changes nothing; refused (`version`) unless the document has this version. `version: 0` means absent. */
  | { kind: 'check'; collection: string; id: string; version: number }
  /** Changes nothing; refused (`fenced`) unless `token` is the newest token that was ever given for this lease. */
  | { kind: 'fence'; lease: string; token: number }
  /** Takes the lease, as `acquireLease` does; refused (`held`) while it is somebody else's. Its value is the token. */
  | { kind: 'acquire'; lease: string; holder: string; milliseconds: number }
  /** Appends entries (JSON texts). Refused (`next`) unless the log's next number is `expectedNext`. */
  | { kind: 'append'; log: string; v: number; expectedNext: number; entries: string[] }
  /** From now on the log expires after so many milliseconds. A log without this never expires. */
  | { kind: 'expire-log'; log: string; expiresIn: number }
  | { kind: 'drop-log'; log: string }
  /** Adds to a counter. A counter that does not exist starts at 0 and lives `expiresIn` ms from its first use; refused (`limit`) when the addition would exceed `limit` (a negative `by` never is). */
  | { kind: 'count'; counter: string; by: number; expiresIn?: number; limit?: number }

export type RefusalReason = 'version' | 'exists' | 'fenced' | 'held' | 'next' | 'limit'

export type CommitResult =
  /** `versions[i]` is the new version of the document of operation i (put), the counter's value (count), the log's last number (append), the token (acquire), else 0. */
  | { status: 'applied'; values: number[]; repeated: boolean }
  /** Nothing was changed. `operation` is the index of the first operation that was refused; `actual` the version, next number, value or milliseconds found. */
  | { status: 'refused'; operation: number; reason: RefusalReason; actual: number }

export interface CommitInput {
  partition: string
  /**
   * Repeating an applied id within 15 minutes changes nothing and answers as the first time, with `repeated: true`; an
   * append to a log that was dropped since may be refused instead.
   */
  operationId: string
  operations: Operation[]
  /** Topics to wake once the commit is applied. */
  signals?: string[]
  /** As `signals`, but not in this process: the caller tells those who listen here by itself, and tells them more. */
  signalsElsewhere?: string[]
}

export interface ListInput {
  partition: string
  collection: string
  index: string
  group: string
  order: 'ascending' | 'descending'
  /** 1 to 1,000. */
  limit: number
  /** Continue strictly behind this place, in the given order. The place itself need not exist (any more). */
  after?: { sort: number; id: string }
}

export interface ListedDocument extends StoredDocument {
  /** Its place in the listed index; hand it back as `after`. */
  sort: number
}

export interface LogRead {
  entries: LogEntry[]
  /** Number of the last entry of the log now; 0 for a log that is empty, dropped or expired. */
  last: number
  /** The schema version that the last append wrote. */
  v: number
  /** Drawn at the log's first append. If it changes, history may have been lost (the log began anew, or another Redis server answers): readers must begin anew. Empty for an empty log. */
  logId: string
  /** Whether the store notices a loss of newest entries, and gives the log another id then; over Upstash's REST nothing tells. */
  tellsLoss: boolean
}

export type LeaseResult =
  | { acquired: true; token: number }
  /** Somebody else's, for `remaining` more milliseconds. */
  | { acquired: false; holder: string; remaining: number }

export interface LeaseState {
  holder: string
  token: number
  /** Milliseconds until it lapses; 0 or less: lapsed or released. */
  remaining: number
}

export interface Store {
  readonly driver: 'sqlite' | 'redis'

  /** All or nothing. Throws `StoreUnavailable` when the outcome is unknown or the store is away; a refusal is an answer, not an error. */
  commit(input: CommitInput): Promise<CommitResult>

  /** The document, or null when absent or expired. */
  get(partition: string, collection: string, id: string): Promise<StoredDocument | null>
  /** As `get`, for several ids at once, in the order asked. */
  getMany(partition: string, collection: string, ids: string[]): Promise<(StoredDocument | null)[]>
  list(input: ListInput): Promise<ListedDocument[]>

  /** Entries behind `after`, at most `limit` and about `maxBytes` (at least one entry if there is any). Reads the primary. */
  readLog(partition: string, log: string, after: number, bounds: { limit: number; maxBytes: number }): Promise<LogRead>

  /** Takes the lease if it is free, lapsed or released. Every success gives a larger token than all before. */
  acquireLease(partition: string, lease: string, holder: string, milliseconds: number): Promise<LeaseResult>
  /** False when the token is no longer the newest or the lease was released. A lapsed lease that nobody took can be renewed. */
  renewLease(partition: string, lease: string, token: number, milliseconds: number): Promise<boolean>
  /** Gives it up at once. Quietly does nothing when the token is superseded. */
  releaseLease(partition: string, lease: string, token: number): Promise<void>
  readLease(partition: string, lease: string): Promise<LeaseState | null>

  /** Wakes the topic's subscribers in every process. Carries nothing; may be lost or come twice. */
  signal(topics: string[]): Promise<void>
  /**
   * Resolves once the subscription is in force: everything committed afterwards wakes the listener.
   * The listener must not throw; it is called at most once per wake-up and without arguments.
   */
  subscribe(topic: string, listener: () => void): Promise<() => void>

  /** The counter's value; 0 when absent or expired. */
  readCounter(partition: string, counter: string): Promise<number>

  /** Removes what has expired, at most `limit` things; answers how many. Drivers with native expiry may answer 0. */
  sweep(limit: number): Promise<number>
  /** Round trip to the store; throws `StoreUnavailable`. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A commit may carry at most this many bytes of JSON; larger values go through `lib/stores/blobs.ts`. */
export const MAX_COMMIT_BYTES = 1024 * 1024
