import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { makeWorld } from '@/lib/access/testing/world'
import { endSignIns } from '@/lib/access/users'
import { encodeSession } from '@/lib/auth/session'
import type { Ctx, Services } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import { Answer, toResponse } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import { NodeRequest, send } from '@/lib/http/node'
import { type EventStream, eventStream, frames, readCursor } from '@/lib/http/sse'
import { serveRoutes } from '@/lib/http/testing/serve'
import { gauge } from '@/lib/telemetry/metrics'

const streams = { current: new AbortController(), lifetimeMilliseconds: undefined as number | undefined }
const warnings: string[] = []
const ctx = () =>
  ({
    requestId: 'test-request',
    services: {
      streams: { signal: streams.current.signal, lifetimeMilliseconds: streams.lifetimeMilliseconds },
      logger: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
    } as unknown as Services,
  }) as Ctx

let close: (() => Promise<void>) | undefined
afterEach(async () => {
  vi.useRealTimers()
  await close?.()
  close = undefined
  streams.current = new AbortController()
  streams.lifetimeMilliseconds = undefined
  warnings.length = 0
})

type Serve = (produce: (stream: EventStream) => Promise<void>) => Promise<string>

const answerTo = async (request: ApiRequest, produce: (stream: EventStream) => Promise<void>) => {
  try {
    return await eventStream(ctx(), request, produce)
  } catch (error) {
    return new Answer((error as Error).message, { status: 404, headers: {} })
  }
}

const throughNext: Serve = async (produce) => {
  const served = await serveRoutes({
    'GET /stream': async (request) => toResponse(await answerTo(request, produce)),
  })
  close = served.close
  return `${served.base}/stream`
}

const directly: Serve = async (produce) => {
  const server = createServer(async (incoming, outgoing) =>
    send(await answerTo(new NodeRequest(incoming, outgoing), produce), outgoing),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`
}

describe.each([
  ['Next.js', throughNext],
  ['server.mjs', directly],
])('an event stream through %s', (_, serve) => {
  it('says within a moment that it is open, and what it is', async () => {
    const hold = Promise.withResolvers<void>()
    const url = await serve(async (stream) => {
      stream.begin()
      await hold.promise
    })
    const response = await fetch(url)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-vercel-ai-ui-message-stream': 'v1',
    })
    const first = await response.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toBe(': open\n\n')
    hold.resolve()
  })

  it('ends before the platform ends its request, and whoever writes to it is told', async () => {
    streams.lifetimeMilliseconds = 20
    const told = Promise.withResolvers<void>()
    const url = await serve(async (stream) => {
      stream.begin({ 'x-log-id': 'a' })
      stream.signal.addEventListener('abort', () => told.resolve())
      await told.promise
    })
    const response = await fetch(url)
    expect(response.headers.get('x-log-id')).toBe('a')
    expect(await response.text()).toBe(': open\n\n')
    await told.promise
  })

  it('waits for a reader that takes nothing, holds a bounded amount for it, and then gives it everything', async () => {
    const piece = `${'x'.repeat(64 * 1024 - 1)}\n`
    let written = 0
    const url = await serve(async (stream) => {
      stream.begin()
      for (let index = 0; index < 400; index += 1) {
        await stream.write(piece)
        written += 1
      }
    })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write('GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    socket.pause()
    // The kernel's buffers on loopback take a few megabytes before anybody notices.
    let before = -1
    await vi.waitFor(
      () => {
        const stalled = written > 0 && written === before
        before = written
        expect(stalled).toBe(true)
      },
      { timeout: 5_000, interval: 150 },
    )
    expect(written).toBeLessThan(300)
    let bytes = 0
    socket.on('data', (data) => {
      bytes += data.length
    })
    socket.resume()
    await once(socket, 'end')
    expect(written).toBe(400)
    expect(bytes).toBeGreaterThan(400 * piece.length)
  })

  it('lets several writers of one stream go on after a full buffer', async () => {
    const writers = 8
    const url = await serve(async (stream) => {
      stream.begin()
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let index = 0; index < 20; index += 1) await stream.write(`data: ${writer} ${'x'.repeat(100_000)}\n\n`)
        }),
      )
      await stream.write('data: end\n\n')
    })
    const body = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text()
    expect(body.match(/^data: \d/gm)).toHaveLength(writers * 20)
    expect(body.endsWith('data: end\n\n')).toBe(true)
  })

  it('ends its work when the client goes, whether it writes or waits', async () => {
    const ended: string[] = []
    const url = await serve(async (stream) => {
      stream.begin()
      const waiting = new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()))
      const writing = async () => {
        while (!stream.signal.aborted) await stream.write('x'.repeat(500_000))
        ended.push('writer')
      }
      await Promise.all([waiting.then(() => ended.push('waiter')), writing(), writing()])
      ended.push('all')
    })
    const client = new AbortController()
    const response = await fetch(url, { signal: client.signal })
    await response.body?.getReader().read()
    client.abort()
    await expect.poll(() => ended).toContain('all')
    expect(ended).toHaveLength(4)
  })

  it('answers an error before it began like any other call, and closes without a word after', async () => {
    let begin = false
    const url = await serve(async (stream) => {
      if (begin) stream.begin()
      if (begin) await stream.write('id: 1\ndata: {}\n\n')
      throw new LongwatchError('not_found', 'No such run.')
    })
    expect((await fetch(url)).status).toBe(404)
    expect(warnings).toHaveLength(0)
    begin = true
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('id: 1\ndata: {}\n\n')
    expect(warnings).toHaveLength(1)
  })

  it('closes when the process hands its streams over, one that comes later too', async () => {
    const url = await serve(async (stream) => {
      stream.begin()
      if (!stream.signal.aborted) await once(stream.signal, 'abort')
    })
    const early = await fetch(url)
    streams.current.abort()
    expect(await early.text()).toBe(': open\n\n')
    expect(await (await fetch(url)).text()).toBe('')
  })

  it('neither stays open nor counts as open when it was closed before it began', async () => {
    const open = async () => (await gauge('longwatch_event_streams', 'Open event streams').get()).values[0]?.value ?? 0
    const before = await open()
    const url = await serve(async (stream) => {
      streams.current.abort()
      stream.begin()
      await stream.write('too late')
    })
    expect(await (await fetch(url)).text()).toBe('')
    expect(await open()).toBe(before)
  })
})

describe('an event stream', () => {
  it('keeps proxies quiet with a comment every 15 seconds, and stops that when it is closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const client = new AbortController()
    const request = new Request('http://internal:1/stream', { signal: client.signal })
    const answer = await eventStream(ctx(), request, async (stream) => {
      stream.begin()
      await once(stream.signal, 'abort')
    })
    const reader = toResponse(answer).body?.getReader()
    const read = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await read()).toBe(': open\n\n')
    vi.advanceTimersByTime(15_000)
    expect(await read()).toBe(': keep-alive\n\n')
    expect(vi.getTimerCount()).toBe(1)
    client.abort()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is ended when only its head is asked for', async () => {
    const request = new Request('http://internal:1/stream', { method: 'HEAD' })
    const ended = Promise.withResolvers<void>()
    const answer = await eventStream(ctx(), request, async (stream) => {
      stream.begin()
      stream.signal.addEventListener('abort', () => ended.resolve())
      await ended.promise
    })
    const response = toResponse(answer, request.method)
    await ended.promise
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.body).toBeNull()
  })

  it('leaves no timer behind when the client was gone before it began', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const request = new Request('http://internal:1/stream', { signal: AbortSignal.abort() })
    await eventStream(ctx(), request, async (stream) => stream.begin())
    await expect.poll(() => vi.getTimerCount()).toBe(0)
  })
})

describe('a cursor', () => {
  const request = (header?: string) =>
    new Request('http://x/', { headers: header === undefined ? {} : { 'last-event-id': header } })

  it('is the query’s, else the header’s, else 0; and no other text', () => {
    expect(readCursor(request('7'), 3)).toBe(3)
    expect(readCursor(request('7'), undefined)).toBe(7)
    expect(readCursor(request(''), undefined)).toBe(0)
    expect(readCursor(request(), undefined)).toBe(0)
    for (const wrong of ['-1', '1e3', 'x', '1.5', '9'.repeat(16)]) {
      expect(() => readCursor(request(wrong), undefined)).toThrow(
        expect.objectContaining({ code: 'bad_request', field: 'Last-Event-ID' }),
      )
    }
  })

  it('is the number of each event in its frame', () => {
    expect(frames([{ n: 4, data: '{"a":1}' }])).toBe('id: 4\ndata: {"a":1}\n\n')
  })

  it('ends when the sign-in that opened it is ended elsewhere, and not before', async () => {
    const world = await makeWorld()
    const id = await world.user('ada@acme.test')
    const signedIn: Ctx = {
      services: { ...ctx().services, store: world.store },
      principal: { kind: 'user', id },
      requestId: 'r',
    }
    const request = new Request('http://watch.test/stream', {
      headers: { cookie: `next-auth.session-token=${await encodeSession({ id, sessionVersion: 1 })}` },
    })
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const ended = Promise.withResolvers<void>()
    let stream: EventStream | undefined
    await eventStream(signedIn, request, async (given) => {
      stream = given
      given.begin()
      given.signal.addEventListener('abort', () => ended.resolve())
      await ended.promise
    })
    const looked = vi.spyOn(world.store, 'get')
    vi.advanceTimersByTime(15_000)
    await expect.poll(() => looked.mock.results.length).toBeGreaterThan(0)
    await looked.mock.results[0]?.value
    expect(stream?.signal.aborted).toBe(false)
    await endSignIns(world.store, id)
    vi.advanceTimersByTime(15_000)
    await ended.promise
    expect(stream?.signal.aborted).toBe(true)
    await world.end()
  })
})
