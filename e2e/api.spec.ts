import { Api } from './support/api.ts'
import { expect, test } from './support/test.ts'

test('a script starts a run, follows it to the end, and takes it up again by its cursor', async ({ world }) => {
  const api = new Api(world.url)
  const run = await api.start('[[words:50]] by script')
  expect(run.status).toBe('running')
  const { ids, chunks, done } = await api.follow(run.runId)
  expect(ids).toEqual(ids.map((_, index) => index + 1))
  expect(done).toBe(true)
  expect(chunks.at(-1)?.type).toBe('finish')
  expect(chunks.filter((chunk) => ['finish', 'abort', 'error'].includes(chunk.type))).toHaveLength(1)
  const text = chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')).join('')
  expect(text.match(/\bw\d+\b/g)).toEqual(Array.from({ length: 50 }, (_, index) => `w${index + 1}`))

  const half = Math.floor(ids.length / 2)
  const rest = await api.follow(run.runId, half)
  expect(rest.ids).toEqual(ids.slice(half))
  expect(rest.chunks).toEqual(chunks.slice(half))
  const state = await api.get(`/api/agent/runs/${run.runId}`)
  expect(state.body).toMatchObject({ status: 'completed', lastEvent: ids.length, attempts: 1 })
})

test('a script stops a run, and its log ends with an abort', async ({ world }) => {
  const api = new Api(world.url)
  const run = await api.start('[[words:2000]] [[rate:40]] stopped by script')
  await expect.poll(async () => (await api.get(`/api/agent/runs/${run.runId}`)).body.lastEvent).toBeGreaterThan(8)
  expect((await api.post(`/api/agent/runs/${run.runId}/cancel`)).status).toBe(202)
  const { chunks, done } = await api.follow(run.runId)
  expect(done).toBe(true)
  expect(chunks.at(-1)?.type).toBe('abort')
  expect((await api.get(`/api/agent/runs/${run.runId}`)).body).toMatchObject({ status: 'cancelled' })
  expect((await api.post(`/api/agent/runs/${run.runId}/cancel`)).status).toBe(409)
})

test('a repeated key gives the same run, a busy session rejects on demand, and bad input names its field', async ({
  world,
}) => {
  const api = new Api(world.url)
  const key = { 'idempotency-key': 'once' }
  const first = await api.post('/api/agent/runs', { message: '[[words:900]] [[rate:40]] keyed' }, key)
  const second = await api.post('/api/agent/runs', { message: '[[words:900]] [[rate:40]] keyed' }, key)
  expect([first.status, second.status]).toEqual([202, 202])
  expect(second.body.runId).toBe(first.body.runId)
  expect((await api.post('/api/agent/runs', { message: 'another' }, key)).status).toBe(409)

  const { sessionId, runId } = first.body
  expect((await api.post('/api/agent/runs', { message: 'x', sessionId, whenBusy: 'reject' })).status).toBe(409)
  const bad = await api.post('/api/agent/runs', { message: '' })
  expect(bad).toMatchObject({ status: 400, body: { error: { code: 'bad_request', field: 'message' } } })
  expect((await api.get('/api/agent/runs/run_unknown')).status).toBe(404)
  expect((await fetch(`${world.url}/api/sessions`)).status).toBe(401)
  expect((await api.post(`/api/agent/runs/${runId}/cancel`)).status).toBe(202)
})
