import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Environment } from '@/components/chat/live/environment'
import type { QueueItem, SessionInfo } from '@/components/chat/live/types'
import { type LongwatchMessage, messageIdOf, type RunChunk } from '@/lib/agent/events'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import { extended, lastOf, lengthOf, type Path, threadOf } from '@/lib/sessions/threads/tree'

/** A server that speaks the live protocol from memory, and breaks it off wherever a test wants. For tests only. */
export interface TestServer {
  url: string
  /** Requests so far, as `METHOD /path?query`. */
  requests: string[]
  bodies: { key: string | null; body: Record<string, unknown> }[]
  /** Open event streams. */
  streams: () => number
  /** What the open streams carry. */
  watched: () => string[]
  /** Frames of a kind that were written to streams so far. */
  sent: (event: string) => number
  session: (id: string) => TestSession
  /** Asked before each write to a stream: how many of its bytes still go out before the socket is cut; null: all. */
  cut: (length: number) => number | null
  /** Answers instead of the route when it gives a status. */
  refuse: (request: string) => number | null
  /** Awaited before a run is started. */
  beforeStart: () => Promise<void>
  includeFold: boolean
  organisation: { sessions: SessionInfo[] }
  say: (event: string, data: unknown) => void
  cutStreams: () => void
  close: () => Promise<void>
}

export interface TestSession {
  info: SessionInfo
  version: number
  messages: LongwatchMessage[]
  queue: QueueItem[]
  runs: { runId: string; log: RunChunk[]; logId?: string }[]
  /** The current thread; null while it is all messages. */
  path: Path | null
  ask: (runId: string, text: string) => void
  /** Threads that are not the current one. */
  versions: Path[]
  /** Asks in the place of what stands behind so many messages of the thread. */
  replace: (runId: string, text: string, behind: number) => void
  /** Another thread is the current one. */
  go: (path: Path) => void
  append: (runId: string, ...chunks: RunChunk[]) => void
  settle: (runId: string) => void
  changed: () => void
}

interface Stream {
  watches: Map<string, string | null>
  send: (event: string, data: unknown) => void
  destroy: () => void
}

const isEnd = (chunk: RunChunk | undefined) => chunk && ['finish', 'abort', 'error'].includes(chunk.type)

function newSession(id: string): SessionInfo {
  const now = Date.now()
  const rest = {
    visibility: 'private',
    owner: 'user:ada',
    messageCount: 0,
    activeRunId: null,
    queuePaused: false,
  } as const
  return { id, title: 'A session', createdAt: now, updatedAt: now, organisationId: 'org', ...rest }
}

export async function startTestServer(): Promise<TestServer> {
  const sessions = new Map<string, TestSession>()
  const streams = new Set<Stream>()
  const frames = new Map<string, number>()
  let runs = 0

  const broadcast = (key: string, event: string, data: unknown) => {
    for (const stream of streams) if (stream.watches.has(key)) stream.send(event, data)
  }
  const head = (item: TestSession, snapshot: boolean) => ({
    sessionId: item.info.id,
    version: item.version,
    snapshot,
    session: { ...item.info, thread: threadOf(pathOf(item)) },
    queue: item.queue,
  })
  const pathOf = ({ path, messages }: TestSession): Path => path ?? [[1, messages.length]]
  const at = (item: TestSession, path: Path) => path.flatMap(([from, to]) => item.messages.slice(from - 1, to))

  /** What a message follows, where it is not the one stored before it. */
  function afterOf(item: TestSession, position: number): { after?: string | null } {
    const path = pathOf(item)
    const piece = path.findIndex(([from]) => from === position)
    if (piece < 0 || position === 1) return {}
    const before = path[piece - 1]?.[1]
    return { after: before === undefined ? null : (item.messages[before - 1]?.id ?? null) }
  }

  function session(id: string): TestSession {
    const existing = sessions.get(id)
    if (existing) return existing
    const key = `session:${id}`
    const store = (message: LongwatchMessage) => {
      item.messages.push(message)
      item.info = { ...item.info, messageCount: item.messages.length }
      const position = item.messages.length
      if (item.path) item.path = extended(item.path, position)
      broadcast(key, 'message', { sessionId: id, position, message, ...afterOf(item, position) })
    }
    const question = (runId: string, text: string) => {
      store({ id: `usr_${runId}`, role: 'user', metadata: { runId }, parts: [{ type: 'text', text }] })
      item.runs.push({ runId, log: [] })
      item.info = { ...item.info, activeRunId: runId }
      item.changed()
    }
    const item: TestSession = {
      info: newSession(id),
      version: 1,
      messages: [],
      queue: [],
      runs: [],
      changed: () => {
        item.version++
        broadcast(key, 'session', head(item, false))
      },
      path: null,
      versions: [],
      ask: question,
      replace: (runId, text, behind) => {
        const path = pathOf(item)
        item.path = lastOf(path, lengthOf(path)).flatMap(([from, to], index, all): Path => {
          const left = behind - lengthOf(all.slice(0, index))
          return left > 0 ? [[from, Math.min(to, from + left - 1)]] : []
        })
        question(runId, text)
      },
      go: (path) => {
        item.path = path
        item.changed()
      },
      append: (runId, ...chunks) => {
        const run = item.runs.find((candidate) => candidate.runId === runId)
        for (const chunk of chunks) {
          run?.log.push(chunk)
          broadcast(key, 'run', { sessionId: id, runId, n: run?.log.length, chunk })
        }
      },
      settle: (runId) => {
        const log = item.runs.find((candidate) => candidate.runId === runId)?.log ?? []
        item.info = { ...item.info, activeRunId: null }
        store(messageOf(foldChunks(emptyFold(messageIdOf(runId)), log)))
        item.changed()
      },
    }
    sessions.set(id, item)
    return item
  }

  function openStream(url: URL, response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const watches = url.searchParams.getAll('watch').map((text) => text.split('@'))
    const stream: Stream = {
      watches: new Map(watches.map(([key = '', cursor]) => [key, cursor ?? null])),
      destroy: () => {
        streams.delete(stream)
        response.destroy()
      },
      send: (event, data) => {
        if (response.destroyed) return
        frames.set(event, (frames.get(event) ?? 0) + 1)
        const bytes = Buffer.from(`event: ${event}\r\ndata: ${JSON.stringify(data)}\n\n`)
        const limit = server.cut(bytes.length)
        response.write(limit === null ? bytes : bytes.subarray(0, limit))
        // What was written must be on its way first, or a cut would take more than the test asked for.
        if (limit !== null) response.end(() => stream.destroy())
        if (limit !== null) streams.delete(stream)
      },
    }
    streams.add(stream)
    response.on('close', () => streams.delete(stream))
    response.write(': open\n\n')
    for (const [key, cursor] of stream.watches) {
      const [kind, id = ''] = key.split(':')
      if (kind === 'org') stream.send('org', { organisationId: id, ...server.organisation, removed: [] })
      if (kind !== 'session') continue
      const item = sessions.get(id)
      if (!item) {
        stream.send('error', { watch: key, error: { code: 'not_found', message: 'No such session.' } })
        continue
      }
      const dot = cursor?.lastIndexOf('.') ?? -1
      const from = item.runs.findIndex(({ runId }) => runId === cursor?.slice(0, dot))
      const active = item.runs.findIndex(({ runId }) => runId === item.info.activeRunId)
      const first = from >= 0 ? from : active
      const question = item.messages.findIndex((message) => message.id === `usr_${item.runs[first]?.runId}`)
      const unseen = question < 0 ? [] : item.messages.slice(question)
      for (const message of at(item, pathOf(item)).filter((one) => unseen.includes(one))) {
        const position = item.messages.indexOf(message) + 1
        stream.send('message', { sessionId: id, position, message, ...afterOf(item, position) })
      }
      stream.send('session', head(item, true))
      for (const [index, { runId, log }] of item.runs.entries()) {
        if (first < 0 || index < first) continue
        const isShown = at(item, pathOf(item)).some((message) => message.id === `usr_${runId}`)
        if (!isShown) continue
        const after = index === from ? Number(cursor?.slice(dot + 1)) : 0
        for (const [at, chunk] of log.entries())
          if (at >= after) stream.send('run', { sessionId: id, runId, n: at + 1, chunk })
      }
    }
  }

  function sessionAnswer(item: TestSession, before: string | null, branch: string | null) {
    const own = item.versions.find((path) => at(item, path).some(({ id }) => id === branch))
    const shown = at(item, branch === null ? pathOf(item) : (own ?? pathOf(item)))
    const run = item.runs.find(({ runId }) => runId === item.info.activeRunId)
    const fold = run && foldChunks(emptyFold(messageIdOf(run.runId)), run.log)
    const end = before === null ? shown.length : Number(before)
    const start = Math.max(0, end - 50)
    return {
      ...item.info,
      version: item.version,
      queue: item.queue,
      thread: threadOf(pathOf(item)),
      isCurrent: branch === null || own === undefined,
      messages: shown.slice(start, end),
      messagesCursor: start > 0 ? String(start) : null,
      activeRun:
        run && fold
          ? { runId: run.runId, lastEvent: fold.events, logId: run.logId, ...(server.includeFold && { fold }) }
          : null,
    }
  }

  async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
    let text = ''
    for await (const chunk of request) text += chunk
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  }

  async function route(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://test')
    const name = `${request.method} ${url.pathname}`
    server.requests.push(`${request.method} ${request.url}`)
    const json = (status: number, answer?: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    const body = await bodyOf(request)
    const refused = server.refuse(name)
    if (refused !== null)
      return json(refused, { error: { code: 'refused', message: 'Refused by the test.', field: 'message' } })
    if (name === 'GET /api/events') return openStream(url, response)
    if (name === 'POST /api/agent/runs') {
      server.bodies.push({ key: String(request.headers['idempotency-key']), body })
      await server.beforeStart()
      const sessionId = String(body.sessionId ?? 'ses_new')
      const runId = `run_${String(++runs).padStart(4, '0')}`
      const item = session(sessionId)
      const isBusy = item.info.activeRunId !== null
      if (isBusy) {
        item.queue = [...item.queue, { id: runId, message: String(body.message) }]
        item.changed()
      } else if (body.replaces === undefined) item.ask(runId, String(body.message))
      else {
        const shown = at(item, pathOf(item))
        item.versions.push(pathOf(item))
        item.replace(
          runId,
          String(body.message),
          shown.findIndex(({ id }) => id === body.replaces),
        )
      }
      return json(202, { runId, sessionId, status: isBusy ? 'queued' : 'running' })
    }
    if (name.endsWith('/cancel')) return json(202, { status: 'running' })
    if (name === 'GET /api/sessions') return json(200, { ...server.organisation, nextCursor: null })
    const id = /^GET \/api\/sessions\/([^/]+)$/.exec(name)?.[1]
    const item = id ? sessions.get(id) : undefined
    if (item) return json(200, sessionAnswer(item, url.searchParams.get('before'), url.searchParams.get('branch')))
    return id ? json(404, { error: { code: 'not_found', message: 'No such session.' } }) : json(200, {})
  }

  const http = createServer((request, response) => {
    route(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  const server: TestServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests: [],
    bodies: [],
    streams: () => streams.size,
    watched: () => [...streams].flatMap(({ watches }) => [...watches.keys()]).sort(),
    sent: (event) => frames.get(event) ?? 0,
    session,
    cut: () => null,
    refuse: () => null,
    beforeStart: async () => {},
    includeFold: true,
    organisation: { sessions: [] },
    say: (event, data) => {
      for (const stream of streams) stream.send(event, data)
    },
    cutStreams: () => {
      for (const stream of streams) stream.destroy()
    },
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}

export const isEnded = (log: RunChunk[]) => Boolean(isEnd(log.at(-1)))

/** A tab of a browser that is online and shown; events of it are fired by hand. */
export function testEnvironment(shared: Pick<Environment, 'locks' | 'channel'> = { locks: null, channel: null }) {
  const listeners = {
    wake: new Set<() => void>(),
    offline: new Set<() => void>(),
    hidden: new Set<() => void>(),
    leave: new Set<() => void>(),
  }
  const on = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener)
    return () => set.delete(listener)
  }
  const environment: Environment = {
    isOnline: () => true,
    isHidden: () => false,
    onWake: on(listeners.wake),
    onOffline: on(listeners.offline),
    onHidden: on(listeners.hidden),
    onLeave: on(listeners.leave),
    onReturn: () => () => {},
    storage: null,
    schedule: (work) => setImmediate(work),
    ...shared,
  }
  const fire = (name: keyof typeof listeners) => {
    for (const listener of [...listeners[name]]) listener()
  }
  return { environment, fire }
}
