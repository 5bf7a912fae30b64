import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HttpOptions } from '@/lib/datasources/http'
import { PrometheusClient } from '@/lib/datasources/prometheus/client'
import { type RecordedRequest, sendJson, startUpstream, type Upstream } from '@/lib/datasources/testing/upstream'
import type { OpenedDataSource } from '@/lib/datasources/types'

const opened: Upstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.stop()))
})

async function upstream(answer: (request: RecordedRequest, response: ServerResponse) => void) {
  const started = await startUpstream(answer)
  opened.push(started)
  return started
}
const clientOf = (url: string, source: Partial<OpenedDataSource> = {}, options: HttpOptions = {}) =>
  new PrometheusClient(
    { id: 'x', type: 'prometheus', name: 'prod', url, credentials: { kind: 'none' }, ...source },
    options,
  )
const empty = { status: 'success', data: { resultType: 'vector', result: [] } }
const ask = (client: PrometheusClient, signal?: AbortSignal) => client.queryInstant({ query: 'up', time: 1 }, signal)

describe('what is sent', () => {
  it('keeps the path of the base address and sends basic or bearer credentials', async () => {
    const { url, requests } = await upstream((_, response) => sendJson(response, empty))
    await ask(clientOf(`${url}/tenant/prometheus/`, { credentials: { kind: 'basic', user: 'ada', password: 'pä:ss' } }))
    await ask(clientOf(url, { credentials: { kind: 'bearer', token: 't0ken' } }))
    await ask(clientOf(url.replace('//', '//eve:s%40fe@')))
    expect(requests.map(({ path }) => path)).toEqual([
      '/tenant/prometheus/api/v1/query',
      '/api/v1/query',
      '/api/v1/query',
    ])
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('ada:pä:ss').toString('base64')}`,
      'Bearer t0ken',
      `Basic ${Buffer.from('eve:s@fe').toString('base64')}`,
    ])
  })

  it('is an address for short queries and a form for long ones', async () => {
    const { url, requests } = await upstream((_, response) => sendJson(response, empty))
    await ask(clientOf(url))
    const long = `up{a=~"${'x'.repeat(3_000)}"}`
    await clientOf(url).queryInstant({ query: long, time: 1 })
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
    expect(requests[0]?.parameters.get('query')).toBe('up')
    expect(new URLSearchParams(requests[1]?.body).get('query')).toBe(long)
    expect(requests[1]?.parameters.size).toBe(0)
  })

  it('is nothing when the stored credentials could not be opened', async () => {
    const { url, requests } = await upstream((_, response) => sendJson(response, empty))
    await expect(ask(clientOf(url, { credentials: { kind: 'unreadable' } }))).rejects.toMatchObject({
      failure: 'refused',
    })
    expect(requests).toEqual([])
  })
})

describe('redirects', () => {
  it('are followed on the same origin', async () => {
    const { url, requests } = await upstream((request, response) =>
      request.path.startsWith('/new/')
        ? sendJson(response, empty)
        : response.writeHead(308, { location: `/new${request.path}?${request.parameters}` }).end(),
    )
    await ask(clientOf(url, { credentials: { kind: 'bearer', token: 't' } }))
    expect(requests.map(({ path }) => path)).toEqual(['/api/v1/query', '/new/api/v1/query'])
    expect(requests[1]?.parameters.get('query')).toBe('up')
  })

  it('to another origin are not followed, so that credentials stay', async () => {
    const stranger = await upstream((_, response) => sendJson(response, empty))
    const { url } = await upstream((_, response) =>
      response.writeHead(302, { location: `${stranger.url}/?token=abc` }).end(),
    )
    const failure = await ask(clientOf(url, { credentials: { kind: 'bearer', token: 't' } })).catch((error) => error)
    expect(failure).toMatchObject({ failure: 'unexpected', message: expect.stringContaining('redirects elsewhere') })
    expect(failure.message).not.toContain('abc')
    expect(stranger.requests).toEqual([])
  })

  it('in a circle end', async () => {
    const { url, requests } = await upstream((_, response) => response.writeHead(307, { location: '/' }).end())
    await expect(ask(clientOf(url))).rejects.toThrow(/in a circle/)
    expect(requests).toHaveLength(4)
  })
})

describe('answers that are not those of a data source', () => {
  it.each([
    [200, 'unexpected', /not JSON.*sign-in page/],
    [401, 'refused', /refused our credentials \(HTTP 401\)/],
    [404, 'unexpected', /no such endpoint/],
    [429, 'busy', /Try again in 7 s/],
    [500, 'unexpected', /cannot be read \(HTTP 500\)/],
    [502, 'unreachable', /gateway/],
  ])('of status %i are a plain sentence, never the body', async (status, failure, words) => {
    const { url } = await upstream((_, response) =>
      response
        .writeHead(status, { 'content-type': 'text/html', 'retry-after': '7' })
        .end('<html>nginx secret-token-123 at 10.0.0.7</html>'),
    )
    const error = await ask(clientOf(url)).catch((caught) => caught)
    expect(error).toMatchObject({ failure, message: expect.stringMatching(words) })
    expect(JSON.stringify([error.message, error])).not.toMatch(/nginx|secret-token|10\.0\.0\.7/)
  })

  it.each([
    ['another JSON', { hello: 'world' }],
    ['null', null],
    ['a wrong shape', { status: 'success', data: { resultType: 'vector', result: 'many' } }],
    ['no data', { status: 'success' }],
  ])('refuses %s', async (_, body) => {
    const { url } = await upstream((__, response) => sendJson(response, body))
    await expect(ask(clientOf(url))).rejects.toMatchObject({ failure: 'unexpected' })
  })

  it("keeps addresses and control characters out of Prometheus' own words", async () => {
    const error = `expanding series: remote http://user:pass@10.1.1.1/read failed\u0000\n${'x'.repeat(5_000)}`
    const { url } = await upstream((_, response) =>
      sendJson(response, { status: 'error', errorType: 'execution', error }, 422),
    )
    const caught = await ask(clientOf(url)).catch((failure) => failure)
    expect(caught.message).toMatch(/cannot evaluate the query: expanding series: remote \(address\) failed x+ …$/)
    expect(caught.message.length).toBeLessThan(500)
  })

  it.each([
    ['timeout', 'query timed out in expression evaluation', 503, 'timeout', /ran out of time/],
    ['execution', 'query processing would load too many samples into memory', 422, 'too_much', /too many samples/],
    ['bad_data', 'exceeded maximum resolution of 11,000 points per timeseries.', 400, 'too_much', /larger step/],
    ['internal', 'secret stack', 500, 'unexpected', /failed inside/],
  ])('turns errorType %s (%s) into words to act on', async (errorType, error, status, failure, words) => {
    const { url } = await upstream((_, response) => sendJson(response, { status: 'error', errorType, error }, status))
    const caught = await ask(clientOf(url)).catch((thrown) => thrown)
    expect(caught).toMatchObject({ failure, message: expect.stringMatching(words) })
    expect(caught.message).not.toContain('secret')
  })
})

describe('bounds', () => {
  it('stops reading a body that is too large', async () => {
    let closed = false
    const { url } = await upstream((_, response) => {
      response.on('close', () => {
        closed = true
      })
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!closed && response.write('x'.repeat(16_384)));
        if (!closed) response.once('drain', more)
      }
      more()
    })
    await expect(ask(clientOf(url, {}, { maxBytes: 100_000 }))).rejects.toMatchObject({
      failure: 'too_much',
      message: expect.stringContaining('larger than 98 KiB'),
    })
    await vi.waitFor(() => expect(closed).toBe(true))
  })

  it('gives up on silence, also in the middle of a body', async () => {
    const { url } = await upstream((request, response) => {
      if (request.parameters.get('time') === '1') response.writeHead(200).write('{"status"')
    })
    const client = clientOf(url, {}, { timeoutMilliseconds: 100 })
    await expect(ask(client)).rejects.toMatchObject({ failure: 'timeout' })
    await expect(client.queryInstant({ query: 'up', time: 2 })).rejects.toThrow(/did not answer within 0.1 s/)
  })

  it('closes the connection when the caller cancels', async () => {
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const { url } = await upstream((_, response) => {
      response.on('close', () => closed.resolve())
      asked.resolve()
    })
    const controller = new AbortController()
    const answer = ask(clientOf(url), controller.signal)
    const refused = expect(answer).rejects.toMatchObject({ failure: 'cancelled' })
    await asked.promise
    controller.abort()
    await refused
    await closed.promise
  })

  it('says in plain words that nothing listens, or that the address is none', async () => {
    const gone = await startUpstream(() => {})
    await gone.stop()
    await expect(ask(clientOf(gone.url))).rejects.toThrow(/“prod” \(prometheus\) cannot be reached: nothing listens/)
    await expect(ask(clientOf('ftp://host'))).rejects.toThrow(/not an http or https address/)
  })
})
