const TOKEN = 'lw_demo_token_of_the_editor_in_acme_0001'

interface Answer {
  status: number
  body: Record<string, unknown>
}

interface Chunk {
  type: string
  delta?: string
}

/** The API as a script uses it: a bearer token, JSON and server-sent events. */
export class Api {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** Asks a question in a new session. */
  async start(message: string): Promise<{ runId: string; sessionId: string; status: string }> {
    const { status, body } = await this.post('/api/agent/runs', { message })
    if (status !== 202) throw new Error(`A run was refused with ${status}.`)
    return body as { runId: string; sessionId: string; status: string }
  }

  /** Reads a run's events after a cursor until the server closes; `done` tells whether `[DONE]` came. */
  async follow(runId: string, after = 0): Promise<{ ids: number[]; chunks: Chunk[]; done: boolean }> {
    const response = await fetch(`${this.#url}/api/agent/runs/${runId}/events?after=${after}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: AbortSignal.timeout(60_000),
    })
    if (response.headers.get('x-vercel-ai-ui-message-stream') !== 'v1') throw new Error('This is no message stream.')
    const text = await response.text()
    const events = text.split('\n\n').map((event) => event.split('\n'))
    const ids: number[] = []
    const chunks: Chunk[] = []
    let done = false
    for (const lines of events) {
      const id = lines
        .find((line) => line.startsWith('id:'))
        ?.slice(3)
        .trim()
      const data = lines
        .find((line) => line.startsWith('data:'))
        ?.slice(5)
        .trim()
      if (data === '[DONE]') done = true
      else if (id !== undefined && data !== undefined) {
        ids.push(Number(id))
        chunks.push(JSON.parse(data) as Chunk)
      }
    }
    return { ids, chunks, done }
  }

  get(path: string): Promise<Answer> {
    return this.#call('GET', path)
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#call('POST', path, body, headers)
  }

  async #call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
}
