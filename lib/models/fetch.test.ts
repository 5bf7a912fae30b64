import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createModelFetch } from '@/lib/models/fetch'
import { createOutboundGuard } from '@/lib/network/guard'
import { refusalIn } from '@/lib/network/refused'

const outbound = createOutboundGuard({ allowedNetworks: [] })
afterAll(() => outbound.close())
const modelFetch = (url: string, init?: RequestInit) => createModelFetch(outbound, url, 'configured')(url, init)

let server: Server | undefined
afterEach(() => server?.closeAllConnections())

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  server.unref()
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the fetch of models', () => {
  it('sends what it is given and gives status, headers and body back', async () => {
    const base = await serve(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      response.writeHead(418, {
        'x-seen': `${request.method} ${request.headers['x-key']}`,
        'set-cookie': ['a=1', 'b=2'],
      })
      response.end(body.toUpperCase())
    })
    const answer = await modelFetch(base, { method: 'POST', headers: { 'x-key': 'k' }, body: 'ä question' })
    expect(answer.status).toBe(418)
    expect(answer.ok).toBe(false)
    expect(answer.headers.get('x-seen')).toBe('POST k')
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await answer.text()).toBe('Ä QUESTION')
  })

  it('has an address judged once, and each other one for itself', async () => {
    const base = await serve((request, response) => response.end(request.url))
    const judged: string[] = []
    const check: typeof outbound.check = (url, source) => {
      judged.push(`${url} ${source}`)
      return outbound.check(url, source)
    }
    const ask = createModelFetch({ ...outbound, check }, base, 'configured')
    for (const path of ['/a', '/a', '/b']) expect(await (await ask(base + path)).text()).toBe(path)
    const foreign = 'http://127.0.0.2:9/a'
    for (let time = 0; time < 2; time += 1) await expect(ask(foreign)).rejects.toThrow('private network')
    expect(judged).toEqual([`${base}/a configured`, `${base}/b configured`, `${foreign} typed`, `${foreign} typed`])
  })

  it('gives a large body whole to a reader that takes its time', async () => {
    const part = 'x'.repeat(64 * 1024)
    const base = await serve(async (_, response) => {
      for (let count = 0; count < 100; count += 1) {
        if (!response.write(part)) await once(response, 'drain')
      }
      response.end('end')
    })
    const { body } = await modelFetch(base)
    let bytes = 0
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bytes).toBe(100 * part.length + 3)
  })

  it('gives the beginning of an answer at once however busy the process is, and the rest when it has time', async () => {
    let go = () => {}
    const base = await serve(async (_, response) => {
      response.writeHead(200)
      for (const word of ['one', 'two', 'three', 'four', 'five']) {
        response.write(word)
        await new Promise<void>((resolve) => {
          go = resolve
        })
      }
      response.end()
    })
    const postponed: (() => void)[] = []
    const pace = { run: (work: () => void) => void postponed.push(work) }
    const { body } = await createModelFetch(outbound, base, 'configured', pace)(base)
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const next = async () => Buffer.from((await reader.read()).value ?? []).toString()
    for (const word of ['one', 'two', 'three']) {
      expect(await next()).toBe(word)
      expect(postponed).toEqual([])
      go()
    }
    await expect.poll(() => postponed.length).toBe(1)
    postponed[0]?.()
    expect(await next()).toBe('four')
    await reader.cancel()
  })

  it('fails as fetch does: refused, broken off, and with the reason of its signal', async () => {
    await expect(modelFetch('http://127.0.0.1:1')).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' })
    const base = await serve((_, response) => {
      response.writeHead(200)
      response.write('half')
      setImmediate(() => response.destroy())
    })
    await expect(modelFetch(base).then((answer) => answer.text())).rejects.toMatchObject({ message: 'terminated' })

    const silent = await serve((_, response) => response.writeHead(200).write('begun'))
    const stop = new AbortController()
    const reason = new Error('stopped')
    const answer = await modelFetch(silent, { signal: stop.signal })
    stop.abort(reason)
    await expect(answer.text()).rejects.toBe(reason)
    await expect(modelFetch(silent, { signal: stop.signal })).rejects.toBe(reason)
  })

  it('closes the connection when its reader goes away', async () => {
    const closed = Promise.withResolvers<void>()
    const base = await serve((_, response) => {
      response.once('close', () => closed.resolve())
      response.writeHead(200).write('begun')
    })
    await (await modelFetch(base)).body?.cancel()
    await closed.promise
  })

  it('does not call an address that somebody typed and nobody allowed, by number or by name', async () => {
    let calls = 0
    const base = await serve((_, response) => {
      calls += 1
      response.end()
    })
    for (const url of [base, base.replace('127.0.0.1', 'localhost')]) {
      const error = await createModelFetch(outbound, url, 'typed')(url).catch((thrown: unknown) => thrown)
      expect(refusalIn(error)?.message).toContain('LONGWATCH_ALLOWED_NETWORKS')
    }
    // What the environment named is trusted for itself only.
    const other = createModelFetch(outbound, 'https://models.test/v1', 'configured')
    expect(refusalIn(await other(base).catch((thrown: unknown) => thrown))).not.toBeNull()
    expect(calls).toBe(0)
  })

  it('follows a redirect as fetch does', async () => {
    const base = await serve(async (request, response) => {
      if (request.url === '/') return void response.writeHead(307, { location: '/there' }).end()
      let body = ''
      for await (const part of request) body += part
      response.end(`${request.url} ${body}`)
    })
    expect(await (await modelFetch(base, { method: 'POST', body: 'again' })).text()).toBe('/there again')
  })
})
