export type CallStatus = 'running' | 'ok' | 'error' | 'aborted' | 'dropped'

export interface LedgerEntry {
  id: number
  tool: string
  arguments: Record<string, unknown>
  /** The MCP session that called. */
  session: string | null
  startedAt: string
  finishedAt: string | null
  status: CallStatus
  /** True once a writing or destroying tool has taken effect. */
  tookEffect: boolean
  /** The caller's own note that names the intent, from the request's `_meta.idempotencyKey`. */
  idempotencyKey: string | null
  error: string | null
}

/** Every call that was really executed, in order; arguments that broke a schema never come this far. */
export class Ledger {
  readonly calls: LedgerEntry[] = []
  #next = 1

  start(
    tool: string,
    args: Record<string, unknown>,
    session: string | null,
    idempotencyKey: string | null,
  ): LedgerEntry {
    const entry: LedgerEntry = {
      id: this.#next++,
      tool,
      arguments: args,
      session,
      startedAt: new Date().toISOString(),
      finishedAt: null,
      status: 'running',
      tookEffect: false,
      idempotencyKey,
      error: null,
    }
    this.calls.push(entry)
    // A demo left running for weeks must not grow without bound.
    if (this.calls.length > 10_000) this.calls.shift()
    return entry
  }

  finish(entry: LedgerEntry, status: CallStatus, error: string | null = null): void {
    entry.status = status
    entry.error = error
    entry.finishedAt = new Date().toISOString()
  }
}
