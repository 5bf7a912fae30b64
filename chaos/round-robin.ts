import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const IDEMPOTENT = new Set(['GET', 'HEAD'])
/** A backend that refused is left out for so long. */
const REST = 500
const HEADERS_WITHIN = 15_000
const MAX_HOPS = 6

interface Backend {
  port: number
  restUntil: number
}

/**
 * A round-robin reverse proxy over the instances, as a user would put in front of them: it passes streams on piece by
 * piece, leaves dead backends out, and sends a request to the next one if it was certainly not served, or may be
 * repeated.
 */
export class RoundRobin {
  private readonly backends: Backend[]
  private readonly sockets = new Set<Socket>()
  private readonly server: Server
  private turn = 0
  retries = 0
  url = ''

  private constructor(ports: number[]) {
    this.backends = ports.map((port) => ({ port, restUntil: 0 }))
    this.server = createServer((request, response) => void this.serve(request, response))
    this.server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  /** Listens on loopback, on any free port unless one is given. */
  static async start(ports: number[], port = 0): Promise<RoundRobin> {
    const proxy = new RoundRobin(ports)
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject)
      proxy.server.listen(port, '127.0.0.1', resolve)
    })
    proxy.url = `http://127.0.0.1:${(proxy.server.address() as AddressInfo).port}`
    return proxy
  }

  /** Breaks client connections; answers how many. */
  cut(choose: () => boolean): number {
    const chosen = [...this.sockets].filter(choose)
    for (const socket of chosen) socket.destroy()
    return chosen.length
  }

  async close(): Promise<void> {
    this.cut(() => true)
    await new Promise((resolve) => this.server.close(resolve))
  }

  private next(): Backend {
    const now = Date.now()
    for (let tried = 0; tried < this.backends.length; tried += 1) {
      const backend = this.backends[this.turn++ % this.backends.length] as Backend
      if (backend.restUntil <= now) return backend
    }
    return this.backends[this.turn++ % this.backends.length] as Backend
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const body = Buffer.concat(chunks)
    for (let hop = 1; ; hop += 1) {
      const outcome = await this.pass(request, response, body)
      if (outcome === 'done' || response.destroyed) return
      const mayRepeat = outcome === 'refused' || IDEMPOTENT.has(request.method ?? '')
      if (!mayRepeat || hop >= MAX_HOPS) {
        response.writeHead(502, { 'content-type': 'application/json' }).end('{"error":{"code":"bad_gateway"}}')
        return
      }
      this.retries += 1
    }
  }

  /** `refused`: it never arrived. `broken`: it may have been served. */
  private pass(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<'done' | 'refused' | 'broken'> {
    // Gone while the request was read: nobody would close what is opened now.
    if (response.destroyed) return Promise.resolve('done')
    const backend = this.next()
    return new Promise((resolve) => {
      const upstream = forward({
        host: '127.0.0.1',
        port: backend.port,
        method: request.method,
        path: request.url,
        headers: request.headers,
        agent: false,
      })
      const timer = setTimeout(() => upstream.destroy(new Error('no answer in time')), HEADERS_WITHIN)
      response.on('close', () => upstream.destroy())
      upstream.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        backend.restUntil = Date.now() + REST
        if (response.headersSent) response.destroy()
        resolve(response.headersSent ? 'done' : error.code === 'ECONNREFUSED' ? 'refused' : 'broken')
      })
      upstream.on('response', (answer) => {
        clearTimeout(timer)
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-backend': `${backend.port}` })
        response.flushHeaders()
        answer.pipe(response)
        // A backend that dies in the middle must not look like an ordinary end.
        answer.on('close', () => {
          if (!answer.complete) response.destroy()
        })
        resolve('done')
      })
      upstream.end(body)
    })
  }
}
