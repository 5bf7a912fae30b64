import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Connection, createConnection } from '@/components/chat/live/connection'
import { testEnvironment } from '@/components/chat/live/test-server'
import type { ConnectionStatus, LiveEvent, Watch } from '@/components/chat/live/types'

let answer: (response: ServerResponse) => void
let requests: string[]
let close: () => Promise<void>
let baseUrl: string
let connection: Connection | undefined

beforeEach(async () => {
  requests = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
afterEach(async () => {
  connection?.close()
  await close()
})

function connect(options: { idle?: number; firstRetry?: number; watches?: Watch[]; isOnline?: () => boolean } = {}) {
  const { environment, fire } = testEnvironment()
  const events: LiveEvent[] = []
  const statuses: ConnectionStatus['state'][] = []
  const onSignedOut = vi.fn()
  connection = createConnection({
    baseUrl,
    fetch,
    environment: { ...environment, isOnline: options.isOnline ?? (() => true) },
    watches: () => options.watches ?? [{ key: 'session:a', cursor: 'run_1.7' }],
    onEvent: (event) => events.push(event),
    onOpen: () => {},
    onStatus: ({ state }) => statuses.push(state),
    onSignedOut,
    timing: { idle: options.idle ?? 45_000, firstRetry: options.firstRetry ?? 1, lastRetry: 60_000, debounce: 1 },
  })
  connection.refresh()
  return { events, statuses, fire, onSignedOut, connection }
}

const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })

test('reads events whatever the line ends are and wherever the bytes are split', async () => {
  const event = { watch: 'session:ä€😀', error: { code: 'x', message: 'zwei\nZeilen' } }
  const [first, second] = JSON.stringify(event).split(',"error"') as [string, string]
  const bytes = Buffer.from(
    `: a comment\r\nevent: error\r\ndata: ${first}\r\ndata: ,"error"${second}\r\n\r\n` +
      `event: error\ndata: ${JSON.stringify(event)}\n\nevent: unheard-of\ndata: {}\n\n: keep-alive\n\nevent: error\ndata: {"cut`,
  )
  answer = async (response) => {
    begin(response)
    for (const byte of bytes) {
      response.write(Buffer.from([byte]))
      if (byte % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    answer = begin
    response.end()
  }
  const { events } = connect()
  await vi.waitFor(() => expect(requests).toHaveLength(2))
  expect(events).toEqual([
    { type: 'error', data: event },
    { type: 'error', data: event },
  ])
  expect(requests[0]).toBe('/api/events?watch=session%3Aa%40run_1.7')
})

test('says how it is: connecting, open, reconnecting, open again', async () => {
  let refusals = 0
  answer = (response) => {
    if (refusals-- > 0) response.writeHead(503).end()
    else begin(response).write(': open\n\n')
    if (requests.length === 1) {
      refusals = 2
      setImmediate(() => response.destroy())
    }
  }
  const { statuses } = connect()
  await vi.waitFor(() => expect(requests).toHaveLength(4))
  await vi.waitFor(() =>
    expect(statuses).toEqual(['connecting', 'open', 'reconnecting', 'reconnecting', 'reconnecting', 'open']),
  )
})

test('connects at once when the page wakes, however long the pause would be', async () => {
  answer = (response) => void response.writeHead(503).end()
  let isOnline = false
  const { statuses, fire } = connect({ firstRetry: 30_000, isOnline: () => isOnline })
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('offline'))
  answer = (response) => void begin(response).write(': open\n\n')
  isOnline = true
  fire('wake')
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'))
  fire('wake')
  await new Promise((resolve) => setImmediate(resolve))
  expect(requests).toHaveLength(2)
})

test('gives its stream up when the network goes, and takes it up again when it is back', async () => {
  answer = (response) => void begin(response).write(': open\n\n')
  let isOnline = true
  const { statuses, fire } = connect({ firstRetry: 30_000, isOnline: () => isOnline })
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'))
  isOnline = false
  fire('offline')
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('offline'))
  isOnline = true
  fire('wake')
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'))
  expect(requests).toHaveLength(2)
})

test('gives a connection up that has fallen silent', async () => {
  answer = (response) => void begin(response).write(': open\n\n')
  const { statuses } = connect({ idle: 40 })
  await vi.waitFor(() => expect(requests.length).toBeGreaterThan(1))
  expect(statuses).toContain('reconnecting')
})

test('waits as long as the server asks for', async () => {
  answer = (response) => void response.writeHead(503, { 'retry-after': '30' }).end()
  const { statuses, fire } = connect()
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('reconnecting'))
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(requests).toHaveLength(1)
  fire('wake')
  await vi.waitFor(() => expect(requests).toHaveLength(2))
})

test('asks for nothing without watches, and never again once signed out', async () => {
  answer = (response) => void response.writeHead(401).end()
  const watches: Watch[] = []
  const { statuses, onSignedOut, connection: made } = connect({ watches })
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'))
  expect(requests).toEqual([])
  watches.push({ key: 'org:o', cursor: null })
  made.refresh()
  await vi.waitFor(() => expect(onSignedOut).toHaveBeenCalledTimes(1))
  made.refresh()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(requests).toEqual(['/api/events?watch=org%3Ao'])
})
