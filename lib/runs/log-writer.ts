import { setTimeout as delay } from 'node:timers/promises'
import type { RunChunk } from '@/lib/agent/events'
import { LeaseLost } from '@/lib/agent/ports'
import { StoreUnavailable } from '@/lib/errors'
import { LOG_VERSION, logTopic, runLog } from '@/lib/runs/collection'
import type { Lease } from '@/lib/runs/lease'
import type { Tails } from '@/lib/runs/tail'
import { mergeDeltas } from '@/lib/sessions/fold/merge'
import type { CommitInput, CommitResult, Operation, Store } from '@/lib/stores/contract'

const HIGH_WATER_BYTES = 256 * 1024
const BATCH_BYTES = 384 * 1024
/**
 * Milliseconds that what only opens something waits for something to show: a quick model's first word then shares an
 * append with the run's opening and is not behind it, and nobody sees that a slow one's run begins later by this.
 */
export const OPENING_WAIT = 5

/**
 * Commits with the same operation id until the store answers or the lease's deadline has passed, so that an answer
 * that was lost on the way doubles nothing.
 */
export async function commitUnderLease(store: Store, lease: Lease, input: CommitInput): Promise<CommitResult> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 1_000)) {
    lease.check()
    try {
      const result = await store.commit(input)
      if (result.status === 'refused' && result.reason === 'fenced') lease.lose('Another process took the run over.')
      lease.signal.throwIfAborted()
      return result
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      await delay(Math.min(wait, Math.max(1, lease.remaining)), undefined, { signal: lease.signal }).catch(
        () => undefined,
      )
    }
  }
}

/**
 * Appends a run's events under its lease, one append in flight. When idle an event is written at once (what only opens
 * something, `OPENING_WAIT` later); while one is in flight, events collect and adjacent deltas merge, so a fast model
 * does not mean a commit per token.
 */
export class LogWriter {
  private pending: RunChunk[] = []
  /** What is stored in the same commit as an event; few events have any. */
  private readonly together = new WeakMap<RunChunk, { operations: Operation[]; bytes: number }>()
  private pendingBytes = 0
  private pumping: Promise<void> | null = null
  /** How many wait until everything is stored; for them nothing is held back. */
  private flushes = 0
  /** Ends the wait for something to show, if there is one. */
  private hurry: () => void = () => {}
  private failure: unknown = null
  private readonly store: Store
  private readonly tails: Pick<Tails, 'stored' | 'wake'>
  private readonly lease: Lease
  private readonly partition: string
  private readonly runId: string
  /** Number of the last stored event. */
  last: number
  /** Bytes that this process appended. */
  bytes = 0

  constructor(input: {
    store: Store
    tails: Pick<Tails, 'stored' | 'wake'>
    lease: Lease
    partition: string
    runId: string
    last: number
  }) {
    this.store = input.store
    this.tails = input.tails
    this.lease = input.lease
    this.partition = input.partition
    this.runId = input.runId
    this.last = input.last
  }

  /** Adds an event, and with it operations that are refused by nothing: they are part of the commit that stores it. */
  push(chunk: RunChunk, together: Operation[] = []): void {
    if (this.failure) return
    if (together.length > 0) {
      const bytes = Buffer.byteLength(JSON.stringify(together))
      this.together.set(chunk, { operations: together, bytes })
    }
    this.pending.push(chunk)
    this.pendingBytes += this.weigh(chunk)
    if (!this.mayWait(chunk)) this.hurry()
    this.pumping ??= this.pump()
  }

  /** Resolves when all that was pushed is stored. Rejects with `LeaseLost` or the store's error. */
  async flush(): Promise<void> {
    this.flushes += 1
    this.hurry()
    while (this.pumping) await this.pumping
    this.flushes -= 1
    if (this.failure) throw this.failure
  }

  /** Resolves at once unless much waits to be stored. */
  async ready(): Promise<void> {
    if (this.failure) throw this.failure
    if (this.pendingBytes > HIGH_WATER_BYTES) await this.flush()
  }

  private async pump(): Promise<void> {
    // What is pushed without a pause goes in one append.
    await Promise.resolve()
    try {
      while (this.pending.length > 0) {
        await this.somethingToShow()
        await this.append(this.take())
      }
    } catch (error) {
      this.failure = error
      this.pending = []
      this.lease.lose(error instanceof LeaseLost ? error.message : 'An event could not be stored.')
    } finally {
      this.pumping = null
    }
  }

  /** Resolves once an event that people see is there, or everything is to be stored now; after `OPENING_WAIT` at the latest. */
  private async somethingToShow(): Promise<void> {
    const { signal } = this.lease
    if (this.flushes > 0 || signal.aborted || !this.pending.every((chunk) => this.mayWait(chunk))) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const goOn = () => resolve()
    const timer = setTimeout(goOn, OPENING_WAIT)
    signal.addEventListener('abort', goOn)
    this.hurry = goOn
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', goOn)
  }

  private mayWait(chunk: RunChunk): boolean {
    return OPENING.has(chunk.type) && !this.together.has(chunk)
  }

  private weigh(chunk: RunChunk): number {
    return sizeOf(chunk) + (this.together.get(chunk)?.bytes ?? 0)
  }

  private take(): { entries: string[]; together: Operation[] } {
    let bytes = 0
    let count = 0
    for (const chunk of this.pending) {
      bytes += this.weigh(chunk)
      if (count > 0 && bytes > BATCH_BYTES) break
      count += 1
    }
    const chunks = this.pending.splice(0, count)
    this.pendingBytes = this.pending.length === 0 ? 0 : this.pendingBytes - bytes
    const together = chunks.flatMap((chunk) => this.together.get(chunk)?.operations ?? [])
    return { entries: mergeDeltas(chunks).map((chunk) => JSON.stringify(chunk)), together }
  }

  private async append({ entries, together }: { entries: string[]; together: Operation[] }): Promise<void> {
    const first = this.last + 1
    try {
      const result = await commitUnderLease(this.store, this.lease, {
        partition: this.partition,
        operationId: `log:${this.runId}:${this.lease.token}:${this.last}`,
        operations: [
          this.lease.fence,
          { kind: 'append', log: runLog(this.runId), v: LOG_VERSION, expectedNext: first, entries },
          ...together,
        ],
        signalsElsewhere: [logTopic(this.runId)],
      })
      if (result.status === 'refused') throw new LeaseLost('The log has events that this process does not know.')
    } catch (error) {
      // It may be stored all the same.
      this.tails.wake(this.partition, this.runId)
      throw error
    }
    this.tails.stored(this.partition, this.runId, first, entries)
    this.last += entries.length
    for (const entry of entries) this.bytes += entry.length
  }
}

/** A reader is shown little or nothing of these by themselves: what follows is worth a wait. */
const OPENING = new Set<RunChunk['type']>([
  'start',
  'data-run',
  'message-metadata',
  'start-step',
  'data-step',
  'text-start',
  'reasoning-start',
])

/** Bytes in the log; of small deltas, which are many, a cheap upper bound. */
export function sizeOf(chunk: RunChunk): number {
  const delta = 'delta' in chunk ? chunk.delta : chunk.type === 'tool-input-delta' ? chunk.inputTextDelta : null
  // A character is at most six bytes of JSON.
  if (delta !== null && delta.length < 64 && !('providerMetadata' in chunk)) return delta.length * 6 + 80
  return Buffer.byteLength(JSON.stringify(chunk))
}
