export interface SeenRequest {
  id: number
  at: string
  model: string
  stream: boolean
  kind: 'title' | 'chat'
  /** The latest question, directives included, at most 300 characters. */
  question: string
  messages: number
  tools: string[]
  toolChoice: string
  /** Responses with tool calls since the question, and this one. */
  step: number
  /** `failed`: as ordered by a directive. `aborted`: the client left before the end. */
  status: 'open' | 'completed' | 'aborted' | 'failed'
  httpStatus: number
  tokens: number
  finishedAt: string | null
}

/** The requests that this process has seen, for tests to look into. */
export class Ledger {
  readonly requests: SeenRequest[] = []
  readonly #failures = new Map<string, number>()
  #next = 1

  start(request: Omit<SeenRequest, 'id' | 'at' | 'status' | 'httpStatus' | 'tokens' | 'finishedAt'>): SeenRequest {
    const at = new Date().toISOString()
    const seen: SeenRequest = {
      ...request,
      id: this.#next++,
      at,
      status: 'open',
      httpStatus: 200,
      tokens: 0,
      finishedAt: null,
    }
    this.requests.push(seen)
    if (this.requests.length > 5000) this.requests.shift()
    return seen
  }

  finish(seen: SeenRequest, status: SeenRequest['status'], httpStatus = 200): void {
    if (seen.status !== 'open') return
    seen.status = status
    seen.httpStatus = httpStatus
    seen.finishedAt = new Date().toISOString()
  }

  /** Counts an ordered failure; tells whether it still is to happen. */
  countFailure(key: string, times: number): boolean {
    const count = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, count)
    return count <= times
  }

  clear(): void {
    this.requests.length = 0
    this.#failures.clear()
  }
}
