import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface RecordedRequest {
  method: string
  path: string
  parameters: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

export interface Upstream {
  url: string
  requests: RecordedRequest[]
  stop(): Promise<void>
}

/** A real HTTP server on loopback that records what it is asked and answers as told. */
export async function startUpstream(
  answer: (request: RecordedRequest, response: ServerResponse) => void,
): Promise<Upstream> {
  const requests: RecordedRequest[] = []
  const server = createServer(async (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://upstream')
    const body = await text(incoming)
    const { method = '', headers } = incoming
    const request = { method, path: pathname, parameters: searchParams, headers, body }
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
