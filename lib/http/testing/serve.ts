import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { directRoutes } from '@/lib/http/direct'
import type { RouteHandler } from '@/lib/http/handle'

export interface Served {
  base: string
  /** Answers that are still being written. */
  open(): number
  close(): Promise<void>
}

/**
 * `GET /api/sessions/{id}` → handler: the routes of `app/api` behind a real server, as Next.js calls them; `directly`:
 * as `server.mjs` does.
 */
export async function serveRoutes(routes: Record<string, RouteHandler>, { directly = false } = {}): Promise<Served> {
  const table = Object.entries(routes).map(([call, handler]) => {
    const [method = '', path = ''] = call.split(' ')
    return { method, path: path.split('/'), handler }
  })
  let open = 0
  const find = (method: string, path: string[]) => {
    const fits = (pattern: string[]) =>
      pattern.length === path.length && pattern.every((part, at) => part === path[at] || part.startsWith('{'))
    const candidates = table.filter((route) => route.method === method && fits(route.path))
    // A literal part wins over a parameter.
    return candidates.sort((a, b) => a.path.join().split('{').length - b.path.join().split('{').length)[0]
  }
  const server = createServer(async (incoming, outgoing) => {
    const found = directly ? directRoutes().find(incoming) : null
    if (found) {
      open += 1
      outgoing.once('close', () => {
        open -= 1
      })
      await directRoutes()
        .answer(found, incoming, outgoing)
        .catch(() => outgoing.destroy())
      return
    }
    const path = (incoming.url ?? '').split('?')[0]?.split('/') ?? []
    const route = find(incoming.method ?? '', path)
    if (!route) return void outgoing.writeHead(404).end('no such route')
    const params = Object.fromEntries(
      route.path.flatMap((part, at) =>
        part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(path[at] ?? '')]] : [],
      ),
    )
    open += 1
    try {
      const response = await route.handler(toRequest(incoming, outgoing), { params: Promise.resolve(params) })
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.flushHeaders()
      if (response.body) await pipeline(Readable.fromWeb(response.body as never), outgoing)
      else outgoing.end()
    } catch {
      outgoing.destroy()
    } finally {
      open -= 1
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  const method = incoming.method ?? 'GET'
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    signal: gone.signal,
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    body: method === 'GET' ? undefined : (Readable.toWeb(incoming) as ReadableStream),
    duplex: 'half',
  } as RequestInit)
}
