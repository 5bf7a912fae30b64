import { setTimeout as wait } from 'node:timers/promises'
import { LongwatchError } from '@/lib/errors'
import type { CommitInput, CommitResult, RefusalReason, Store } from '@/lib/stores/contract'

type Refusal = Extract<CommitResult, { status: 'refused' }>

/** A commit that the store refused, as an error: code `conflict`, with what was refused and why. */
export class CommitRefused extends LongwatchError {
  readonly reason: RefusalReason
  /** Index of the refused operation. */
  readonly operation: number
  /** The version, next number or value that the store found. */
  readonly actual: number

  constructor({ reason, operation, actual }: Refusal) {
    super('conflict', 'This was changed by someone else in the meantime.')
    this.name = 'CommitRefused'
    this.reason = reason
    this.operation = operation
    this.actual = actual
  }
}

/** Commits and answers the operations' values; throws `CommitRefused` (a `conflict`) instead of answering a refusal. */
export async function commitOrThrow(store: Store, input: CommitInput): Promise<number[]> {
  const result = await store.commit(input)
  if (result.status === 'refused') throw new CommitRefused(result)
  return result.values
}

/**
 * Runs `change` again when its commit met somebody else's (reasons `version`, `exists`, `next`), at most `attempts`
 * times in all; then the refusal is thrown. `change` reads afresh and draws a new operation id each time.
 */
export async function retryOnConflict<T>(attempts: number, change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change()
    } catch (error) {
      const met = error instanceof CommitRefused && error.reason !== 'fenced' && error.reason !== 'limit'
      if (!met || attempt >= attempts) throw error
    }
    // Jitter, so that the contenders do not meet again in step.
    await wait(Math.random() * 5 * attempt)
  }
}
