import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGuardedFetch } from '@/lib/network/fetch'
import { createOutboundGuard, type OutboundGuard, type ResolveName } from '@/lib/network/guard'
import { AddressRefused, refusalIn } from '@/lib/network/refused'

interface Listening {
  port: number
  requests: IncomingMessage[]
  url(host: string): string
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
  port = 0,
) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const listening: Listening = {
    port: (server.address() as AddressInfo).port,
    requests,
    url: (name) => `http://${name}:${listening.port}/`,
  }
  return listening
}

const greet = (_: IncomingMessage, response: ServerResponse) => void response.end('hello')

function guard(allowedNetworks: string[], resolveName?: ResolveName): OutboundGuard {
  const made = createOutboundGuard({ allowedNetworks, resolveName })
  closing.push(() => made.close())
  return made
}

const LOOPBACK = ['127.0.0.0/8', '::1/128']
const to =
  (...addresses: string[]): ResolveName =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

/** Why the guard refused, or what came back. */
async function outcome(made: OutboundGuard, url: string, init?: RequestInit, source: 'typed' | 'configured' = 'typed') {
  try {
    return await (await made.fetchFor(url, source)(url, init)).text()
  } catch (error) {
    const refused = refusalIn(error)
    if (!refused) throw error
    return refused.because
  }
}

describe('an address that somebody typed', () => {
  it.each([
    ['ftp://example.com/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['example.com', 'not-a-url'],
    ['http://ada:secret@example.com/', 'credentials'],
    ['http://metadata.google.internal/computeMetadata/v1/', 'metadata'],
    ['http://169.254.169.254/latest/meta-data/', 'metadata'],
    ['http://2852039166/', 'metadata'],
    ['http://0xa9fea9fe/', 'metadata'],
    ['http://0251.0376.0251.0376/', 'metadata'],
    ['http://[::ffff:169.254.169.254]/', 'metadata'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'metadata'],
    ['http://[fd00:ec2::254]/', 'metadata'],
    ['http://0.0.0.0/', 'never'],
    ['http://0/', 'never'],
    ['http://[fe80::1]/', 'never'],
    ['http://224.0.0.1/', 'never'],
    ['http://2130706433/', 'private'],
    ['http://0177.0.0.1/', 'private'],
    ['http://127.1/', 'private'],
    ['http://[::1]/', 'private'],
    ['http://10.0.0.1:8080/mcp', 'private'],
  ])('is refused by its text: %s (%s)', (url, because) => {
    const { check, requireUrl } = guard([])
    expect(() => check(url, 'typed')).toThrow(expect.objectContaining({ because, code: 'ERR_ADDRESS_REFUSED' }))
    expect(() => requireUrl('url', url)).toThrow(expect.objectContaining({ code: 'bad_request', field: 'url' }))
  })

  it('is refused with the setting that would allow it, and without the credentials that it held', () => {
    const { check } = guard([])
    expect(() => check('http://10.0.0.1/', 'typed')).toThrow('LONGWATCH_ALLOWED_NETWORKS')
    expect(() => check('http://ada:secret@example.com/', 'typed')).not.toThrow('secret')
  })

  it('is called when its network is allowed, and not otherwise', async () => {
    const server = await listen(greet)
    expect(await outcome(guard(LOOPBACK), server.url('127.0.0.1'))).toBe('hello')
    expect(await outcome(guard(['10.0.0.0/8']), server.url('127.0.0.1'))).toBe('private')
    expect(server.requests).toHaveLength(1)
  })

  it('is refused when its name leads to loopback, to a metadata service, or to nothing usable', async () => {
    const server = await listen(greet)
    expect(await outcome(guard([], to('127.0.0.1')), server.url('rebound.test'))).toBe('private')
    expect(await outcome(guard([], to('::ffff:127.0.0.1')), server.url('rebound.test'))).toBe('private')
    expect(await outcome(guard(LOOPBACK, to('169.254.169.254')), server.url('rebound.test'))).toBe('metadata')
    await expect(outcome(guard(LOOPBACK, to()), server.url('rebound.test'))).rejects.toThrow('fetch failed')
    expect(server.requests).toEqual([])
  })

  it('is reached through those of its addresses that are allowed only', async () => {
    const server = await listen(greet)
    const made = guard(['127.0.0.1/32'], to('10.0.0.1', '127.0.0.1', '169.254.169.254'))
    expect(await outcome(made, server.url('several.test'))).toBe('hello')
  })

  it('is resolved once for a connection, which goes to the very address that was checked', async () => {
    const allowed = await listen(
      (_, response) => void response.writeHead(200, { connection: 'close' }).end('checked'),
      '127.0.0.2',
    )
    const other = await listen(greet, '127.0.0.1', allowed.port)
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.1']
    const resolveName = vi.fn<ResolveName>(async () => [{ address: answers.shift() ?? '', family: 4 }])
    const made = guard(['127.0.0.2/32'], resolveName)
    expect(await outcome(made, allowed.url('rebinding.test'))).toBe('checked')
    expect(resolveName).toHaveBeenCalledTimes(1)
    expect(await outcome(made, allowed.url('rebinding.test'))).toBe('private')
    expect(other.requests).toEqual([])
  })

  it('says what the resolver said when a name does not exist', async () => {
    const absent: ResolveName = async () => {
      throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })
    }
    await expect(outcome(guard([], absent), 'http://nowhere.test/')).rejects.toMatchObject({
      cause: { code: 'ENOTFOUND' },
    })
  })
})

describe('an address of a provisioning file or the environment', () => {
  it('may be private, but no metadata service', async () => {
    const server = await listen(greet)
    expect(await outcome(guard([]), server.url('127.0.0.1'), {}, 'configured')).toBe('hello')
    expect(await outcome(guard([], to('127.0.0.1')), server.url('own.test'), {}, 'configured')).toBe('hello')
    expect(await outcome(guard([]), 'http://169.254.169.254/', {}, 'configured')).toBe('metadata')
    expect(await outcome(guard([], to('169.254.169.254')), 'http://own.test/', {}, 'configured')).toBe('metadata')
  })

  it('exempts no other address that it redirects to', async () => {
    const inner = await listen(greet)
    const server = await listen(
      (_, response) => void response.writeHead(302, { location: inner.url('127.0.0.1') }).end(),
    )
    expect(await outcome(guard([]), server.url('127.0.0.1'), {}, 'configured')).toBe('private')
    expect(inner.requests).toEqual([])
  })
})

describe('a redirect', () => {
  const redirecting = (location: string, status = 302) =>
    listen((_, response) => void response.writeHead(status, { location }).end())

  it('is checked at every hop', async () => {
    const secret = await listen(greet, '127.0.0.2')
    const second = await redirecting(secret.url('127.0.0.2'))
    const first = await redirecting(second.url('127.0.0.1'))
    expect(await outcome(guard(['127.0.0.1/32']), first.url('127.0.0.1'))).toBe('private')
    expect(second.requests).toHaveLength(1)
    expect(secret.requests).toEqual([])
  })

  it('to a metadata service is refused', async () => {
    for (const location of [
      'http://169.254.169.254/latest/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://metadata.google.internal/',
    ]) {
      const server = await redirecting(location)
      expect(await outcome(guard(LOOPBACK), server.url('127.0.0.1'))).toBe('metadata')
    }
  })

  it('to another scheme is refused', async () => {
    const server = await redirecting('file:///etc/passwd')
    expect(await outcome(guard(LOOPBACK), server.url('127.0.0.1'))).toBe('scheme')
  })

  it('carries no header that could be a credential to another origin, and all of them within the origin', async () => {
    const stranger = await listen(greet)
    const server = await listen((request, response) => {
      const location = request.url === '/' ? '/again' : stranger.url('127.0.0.1')
      response.writeHead(307, { location }).end()
    })
    const headers = {
      Authorization: 'Bearer one',
      Cookie: 'two',
      'X-Grafana-Service-Account-Token': 'three',
      Accept: 'text/plain',
    }
    expect(await outcome(guard(LOOPBACK), server.url('127.0.0.1'), { headers })).toBe('hello')
    expect(server.requests[1]?.headers).toMatchObject({
      authorization: 'Bearer one',
      'x-grafana-service-account-token': 'three',
    })
    expect(stranger.requests[0]?.headers).toMatchObject({ accept: 'text/plain' })
    expect(JSON.stringify(stranger.requests[0]?.headers)).not.toMatch(/one|two|three/)
  })

  it('carries no body to another origin', async () => {
    const stranger = await listen(greet)
    const server = await redirecting(stranger.url('127.0.0.1'), 308)
    const made = guard(LOOPBACK)
    expect(await outcome(made, server.url('127.0.0.1'), { method: 'POST', body: 'client_secret=x' })).toBe('redirect')
    expect(stranger.requests).toEqual([])
  })

  it('repeats a body within the origin, and turns a POST into a GET where browsers do', async () => {
    const bodies: string[] = []
    const server = await listen(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      bodies.push(`${request.method} ${request.url} ${body}`)
      const next = { '/a': [308, '/b'], '/b': [302, '/c'] }[request.url ?? '']
      if (next) response.writeHead(Number(next[0]), { location: String(next[1]) }).end()
      else response.end('done')
    })
    const url = `${server.url('127.0.0.1')}a`
    expect(await outcome(guard(LOOPBACK), url, { method: 'POST', body: 'question' })).toBe('done')
    expect(bodies).toEqual(['POST /a question', 'POST /b question', 'GET /c '])
  })

  it('is not followed for ever', async () => {
    const server = await redirecting('/')
    expect(await outcome(guard(LOOPBACK), server.url('127.0.0.1'))).toBe('redirect')
    expect(server.requests).toHaveLength(6)
  })

  it('never leads from https to http', async () => {
    const sent: string[] = []
    const fetch = createGuardedFetch({
      bounded: true,
      send: async (url) => {
        sent.push(url.href)
        return new Response(null, { status: 302, headers: { location: 'http://example.com/' } }) as never
      },
    })
    await expect(fetch('https://example.com/')).rejects.toBeInstanceOf(AddressRefused)
    expect(sent).toEqual(['https://example.com/'])
  })
})

describe('an answer', () => {
  it('is not read further than 20 MiB, whether it says its length or not', async () => {
    const megabyte = Buffer.alloc(1024 * 1024)
    const server = await listen((request, response) => {
      if (request.url === '/told') response.writeHead(200, { 'content-length': 50 * megabyte.length })
      pipeline(Readable.from(Array(50).fill(megabyte)), response).catch(() => {})
    })
    for (const path of ['told', 'untold']) {
      const made = guard(LOOPBACK)
      expect(await outcome(made, server.url('127.0.0.1') + path)).toBe('too-large')
    }
  })

  it('that never comes ends with the caller’s signal', async () => {
    const server = await listen(() => {})
    const stop = new AbortController()
    const call = outcome(guard(LOOPBACK), server.url('127.0.0.1'), { signal: stop.signal })
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    stop.abort()
    await expect(call).rejects.toThrow('aborted')
  })
})
