import { request as ask, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy of an address that several applications share: ours stands under its path, a stranger has the rest. */
export class NeighbourProxy {
  readonly url: string
  /** Requests that a browser made for what is not ours. */
  readonly strays: string[] = []
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** `target`: where the application listens, known only when it has started. */
  static async start(basePath: string, target: () => string): Promise<NeighbourProxy> {
    const isOurs = (path: string) =>
      path === basePath || path.startsWith(`${basePath}/`) || path.startsWith(`${basePath}?`)
    const server = createServer((incoming, outgoing) => {
      const path = incoming.url ?? '/'
      if (!isOurs(path)) {
        proxy.strays.push(`${incoming.method} ${path}`)
        outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<title>The neighbour</title>')
        return
      }
      const onward = ask(`${target()}${path}`, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      outgoing.on('close', () => onward.destroy())
      incoming.pipe(onward)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const proxy = new NeighbourProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return proxy
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
