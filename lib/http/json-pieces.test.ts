import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { toResponse } from '@/lib/http/answer'
import { jsonPiecesAnswer } from '@/lib/http/json-pieces'
import { send } from '@/lib/http/node'
import { serveChatRoutes } from '@/lib/http/testing/chat-routes'

const here = serveChatRoutes()

it('a conversation that is read and one that was changed are answered alike', async () => {
  const { sessionId } = await here.finished()
  const path = `/api/sessions/${sessionId}`
  const { headers: _, ...changed } = await here.call('PATCH', path, { body: { title: 'Größe' } })
  const { headers, ...read } = await here.call('GET', path, { headers: { 'x-request-id': 'my-request-1' } })
  expect(read).toEqual(changed)
  expect(read.body).toMatchObject({ title: 'Größe', messages: [{ role: 'user' }, { role: 'assistant' }] })
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-request-id')).toBe('my-request-1')
})

it('pieces make one text, whichever way they go out; bytes that are shared stay what they are', async () => {
  const shared = Buffer.from(JSON.stringify('Größe 😀 '.repeat(100_000)))
  const before = Buffer.from(shared)
  const answerOf = {
    large: () => jsonPiecesAnswer(['{"a":', shared, ',', '"b":', shared, '}']),
    bytes: () => jsonPiecesAnswer([shared]),
    small: () => jsonPiecesAnswer(['{"a":', '"ä"', '}']),
  }
  const text = JSON.parse(shared.toString())
  const wanted = { large: { a: text, b: text }, bytes: text, small: { a: 'ä' } }
  const server = createServer((request, response) => {
    void send(answerOf[request.url?.slice(1) as 'large'](), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  for (const kind of ['large', 'bytes', 'small'] as const) {
    for (let count = 0; count < 2; count += 1) {
      expect(await toResponse(answerOf[kind]()).json()).toEqual(wanted[kind])
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}`)
      const body = await response.text()
      expect(JSON.parse(body)).toEqual(wanted[kind])
      expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)))
    }
  }
  expect(shared.equals(before)).toBe(true)
  server.close()
})
