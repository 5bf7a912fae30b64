import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'

// A test helper: speaks Upstash's REST protocol in front of a real Redis, as @upstash/redis expects it.

type Command = (string | number)[]
type Reply = { result: unknown } | { error: string }

/** As the service documents it for its smallest plans; larger ones take more. */
const MAX_REQUEST_BYTES = 10_000_000

export interface UpstashRestServer {
  url: string
  token: string
  /** How many requests came in, by path. */
  requests: Map<string, number>
  /** The largest request so far, in bytes. */
  largest(): number
  /** The next so many requests are executed, and then their connection breaks without an answer. */
  dropAnswers(count: number): void
  dispose(): Promise<void>
}

export async function startUpstashRestServer(redisUrl: string): Promise<UpstashRestServer> {
  const token = 'a-token-for-tests'
  const requests = new Map<string, number>()
  const subscribers = new Set<Redis>()
  let dropping = 0
  let largest = 0
  const redis = new Redis(redisUrl, { protocol: 2, disableClientInfo: true })
  redis.on('error', () => {})

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    requests.set(path, (requests.get(path) ?? 0) + 1)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
    largest = Math.max(largest, bytes)
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      return send(401, { error: 'WRONGPASS invalid or missing auth token' })
    }
    if (bytes > MAX_REQUEST_BYTES) return send(400, { error: 'ERR max request size exceeded' })
    if (path.startsWith('/subscribe/')) return subscribe(decodeURIComponent(path.slice('/subscribe/'.length)), response)

    const encode = request.headers['upstash-encoding'] === 'base64' ? encodeBase64 : (value: unknown) => value
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Command | Command[]
    let replies: Reply | Reply[]
    if (path === '/pipeline') replies = await Promise.all((body as Command[]).map(execute))
    else if (path === '/multi-exec') replies = await transaction(body as Command[])
    else replies = await execute(body as Command)
    if (dropping > 0) {
      dropping -= 1
      return response.destroy()
    }
    const encoded = (reply: Reply) => ('result' in reply ? { result: encode(reply.result) } : reply)
    if (Array.isArray(replies)) return send(200, replies.map(encoded))
    send('error' in replies ? 400 : 200, encoded(replies))
  }

  async function execute([name, ...args]: Command): Promise<Reply> {
    try {
      return { result: await redis.call(String(name), args.map(String)) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'ERR' }
    }
  }

  async function transaction(commands: Command[]): Promise<Reply[]> {
    const multi = redis.multi()
    for (const [name, ...args] of commands) multi.call(String(name), args.map(String))
    const results = (await multi.exec()) ?? []
    return results.map(([error, result]) => (error ? { error: error.message } : { result }))
  }

  async function subscribe(channel: string, response: ServerResponse) {
    const subscriber = redis.duplicate()
    subscriber.on('error', () => {})
    subscribers.add(subscriber)
    response.on('close', () => {
      subscribers.delete(subscriber)
      subscriber.disconnect()
    })
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    subscriber.on('message', (from, message) => response.write(`data: message,${from},${message}\n\n`))
    const count = await subscriber.subscribe(channel)
    response.write(`data: subscribe,${channel},${count}\n\n`)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    requests,
    largest: () => largest,
    dropAnswers: (count) => {
      dropping = count
    },
    dispose: async () => {
      for (const subscriber of subscribers) subscriber.disconnect()
      redis.disconnect()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As Upstash does: every string but `OK`, at any depth. */
function encodeBase64(value: unknown): unknown {
  if (typeof value === 'string') return value === 'OK' ? value : Buffer.from(value).toString('base64')
  return Array.isArray(value) ? value.map(encodeBase64) : value
}
