import { expect, it } from 'vitest'
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
