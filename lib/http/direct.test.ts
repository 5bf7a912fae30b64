import { createServer, request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Answer } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import { type AnswerCall, DirectRoutes } from '@/lib/http/direct'
import { readBytes } from '@/lib/http/input'

const text = (body: string) => new Answer(body, { status: 200, headers: { 'content-type': 'text/plain' } })
const saying =
  (body: string): AnswerCall =>
  async (_, params) =>
    text(`${body} ${JSON.stringify(await params)}`)
const at = (method: string, url: string, host = 'watch.test') => ({ method, url, headers: { host } })

const PATHS = ['/api/things', '/api/things/current', '/api/things/{id}', '/api/things/{id}/parts/{part}'].concat(
  '/api/things/{id}/parts/all',
)
const named = (method: string, path: string) => ({ method: method as 'GET', path })

describe('the calls that are answered without Next.js', () => {
  it('are those whose route was loaded, by method and path; a fixed path is no parameter, loaded or not', async () => {
    const routes = new DirectRoutes(PATHS)
    expect(routes.find(at('GET', '/api/things'))).toBeNull()
    routes.add(named('GET', '/api/things/{id}'), saying('one'))
    expect(routes.find(at('GET', '/api/things/7?x=1'))?.params).toEqual({ id: '7' })
    expect(routes.find(at('GET', '/api/things/current'))).toBeNull()
    routes.add(named('GET', '/api/things/current'), saying('current'))
    expect(routes.find(at('GET', '/api/things/current'))?.params).toEqual({})
    expect(routes.find(at('PATCH', '/api/things/current'))).toBeNull()
    routes.add(named('PATCH', '/api/things/{id}/parts/{part}'), saying('part'))
    expect(routes.find(at('PATCH', '/api/things/7/parts/all'))).toBeNull()
    expect(routes.find(at('PATCH', '/api/things/7/parts/one'))?.params).toEqual({ id: '7', part: 'one' })
    routes.add(named('GET', '/api/things/{id}/parts/{part}'), saying('part'))
    expect(routes.find(at('GET', '/api/things/a%20b/parts/%C3%A4'))?.params).toEqual({ id: 'a b', part: 'ä' })
  })

  it('leave to Next.js what it has to redirect or refuse: other methods, addresses and hosts', () => {
    const routes = new DirectRoutes(PATHS)
    routes.add(named('GET', '/api/things'), saying('all'))
    routes.add(named('GET', '/api/things/{id}'), saying('one'))
    for (const url of [
      '/api/things/',
      '/api//things',
      '/api/things/%E0%A4%A',
      '/things',
      '/',
      '*',
      'http://x/api/things',
    ])
      expect(routes.find(at('GET', url)), url).toBeNull()
    expect(routes.find(at('HEAD', '/api/things'))).toBeNull()
    expect(routes.find(at('GET', '/api/things', 'no host'))).toBeNull()
    expect(routes.find(at('GET', '/api/things'))).not.toBeNull()
  })

  it('stand under the path that the application was built for, and nowhere else', () => {
    const routes = new DirectRoutes(PATHS, '/watch')
    routes.add(named('GET', '/api/things/{id}'), saying('one'))
    expect(routes.find(at('GET', '/watch/api/things/7?x=1'))?.params).toEqual({ id: '7' })
    for (const url of ['/api/things/7', '/watching/api/things/7', '/watch', '/watch/things/7'])
      expect(routes.find(at('GET', url)), url).toBeNull()
  })

  it('are answered by the route that was loaded last', async () => {
    const routes = new DirectRoutes(PATHS)
    for (const path of ['/api/things', '/api/things/{id}']) {
      routes.add(named('GET', path), saying('old'))
      routes.add(named('GET', path), saying('new'))
    }
    for (const url of ['/api/things', '/api/things/7']) {
      const found = routes.find(at('GET', url))
      const answer = (await found?.answer({} as ApiRequest, Promise.resolve({}))) as Answer
      expect(answer.body).toMatch(/^new/)
    }
  })
})

describe('an answer over a socket', () => {
  let server: Server | undefined
  afterEach(async () => {
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })

  async function serve(answer: AnswerCall): Promise<string> {
    const routes = new DirectRoutes(PATHS)
    for (const method of ['GET', 'POST']) routes.add(named(method, '/api/things'), answer)
    server = createServer((incoming, outgoing) => {
      const found = routes.find(incoming)
      if (found) routes.answer(found, incoming, outgoing)
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/things`
  }

  it('has the headers of every answer of the API, its own first, and its length', async () => {
    const url = await serve(async () => new Answer('größer', { status: 201, headers: { 'referrer-policy': 'origin' } }))
    const response = await fetch(url)
    expect(response.status).toBe(201)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': '8',
      'referrer-policy': 'origin',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    expect(await response.text()).toBe('größer')
  })

  it('may be a web response, with a body that streams and several cookies', async () => {
    const url = await serve(async () => {
      const headers = new Headers({ 'content-type': 'text/csv' })
      for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie)
      return new Response(new Blob(['one,', 'two']).stream(), { headers })
    })
    const response = await fetch(url)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('one,two')
  })

  it('knows of a request what Next.js would tell: its address, its headers, where it comes from, its body', async () => {
    let seen: unknown
    const url = await serve(async (request) => {
      const body = (await readBytes(request, 100)).toString()
      seen = { url: request.url, method: request.method, from: request.headers.get('x-forwarded-for'), body }
      return text('')
    })
    await fetch(`${url}?q=1`, { method: 'POST', body: 'hello' })
    expect(seen).toEqual({ url: `${url}?q=1`, method: 'POST', from: '127.0.0.1', body: 'hello' })
    await fetch(url, { headers: { 'x-forwarded-for': '10.0.0.7' } })
    expect(seen).toMatchObject({ from: '10.0.0.7', body: '' })
  })

  it('can be asked for its body as a web stream too', async () => {
    const url = await serve(async (request) => text(await new Response(request.body).text()))
    expect(await (await fetch(url, { method: 'POST', body: 'streamed' })).text()).toBe('streamed')
  })

  it.each([
    ['says so beforehand', { 'content-length': '11' }],
    ['does not', { 'transfer-encoding': 'chunked' }],
  ])('refuses a body that is too large, whether it %s', async (_, headers) => {
    const url = await serve(async (request) => {
      const refused = await readBytes(request, 10).then(
        () => 'read',
        (error: { code: string }) => error.code,
      )
      return text(refused)
    })
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = httpRequest(url, { method: 'POST', headers }, async (response) => {
        let body = ''
        for await (const piece of response) body += piece
        resolve(body)
      })
      asking.on('error', reject)
      asking.end('x'.repeat(11))
    })
    expect(answer).toBe('payload_too_large')
  })

  it('refuses a body that does not arrive whole', async () => {
    const refused = Promise.withResolvers<unknown>()
    const url = await serve(async (request) => {
      await readBytes(request, 100).catch(refused.resolve)
      return text('')
    })
    const asking = httpRequest(url, { method: 'POST', headers: { 'content-length': '20' } })
    asking.on('error', () => undefined)
    asking.write('half', () => asking.destroy())
    expect(await refused.promise).toMatchObject({ code: 'bad_request', field: 'body' })
  })

  it('that cannot be sent is said to the server, which reports it, and is no silence', async () => {
    const failed = Promise.withResolvers<unknown>()
    const routes = new DirectRoutes(PATHS)
    routes.add(named('GET', '/api/things'), async () => new Answer('', { status: 200, headers: { odd: 'a\nb' } }))
    server = createServer((incoming, outgoing) => {
      const found = routes.find(incoming)
      if (found)
        routes.answer(found, incoming, outgoing).catch((error) => {
          failed.resolve(error)
          outgoing.destroy()
        })
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await expect(fetch(`http://127.0.0.1:${port}/api/things`)).rejects.toThrow()
    expect(await failed.promise).toMatchObject({ code: 'ERR_INVALID_CHAR' })
  })

  it('learns that its client left also while it waits behind another answer of the same connection', async () => {
    const left: number[] = []
    let count = 0
    const url = await serve(async (request) => {
      const number = ++count
      if (number === 2) request.signal.addEventListener('abort', () => left.push(number))
      const cancel = () => left.push(number)
      const body = { open: () => undefined, resume: () => undefined, cancel }
      return new Answer(number === 2 ? await new Promise<null>(() => undefined) : body, { status: 200, headers: {} })
    })
    const { hostname, port, pathname } = new URL(url)
    const socket = connect(Number(port), hostname)
    const head = `GET ${pathname} HTTP/1.1\r\nhost: watch.test\r\n\r\n`
    socket.write(head.repeat(3))
    await expect.poll(() => count).toBe(3)
    socket.destroy()
    await expect.poll(() => left.toSorted()).toEqual([1, 2, 3])
  })

  it('aborts its work when the client leaves before it is whole, and not when it has it', async () => {
    const hold = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const url = await serve(async (request) => {
      signals.push(request.signal)
      if (signals.length === 1) await hold.promise
      return text('done')
    })
    const client = new AbortController()
    const left = fetch(url, { signal: client.signal }).catch(() => undefined)
    await expect.poll(() => signals.length).toBe(1)
    client.abort()
    await left
    await expect.poll(() => signals[0]?.aborted).toBe(true)
    hold.resolve()
    expect(await (await fetch(url)).text()).toBe('done')
    expect(signals[1]?.aborted).toBe(false)
  })
})
