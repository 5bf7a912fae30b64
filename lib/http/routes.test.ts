import { describe, expect, it } from 'vitest'
import { putMember, removeMember } from '@/lib/access/organisations'
import type { Principal } from '@/lib/access/types'
import { operations } from '@/lib/http/operations'
import { CHAT_PATHS, image, serveChatRoutes } from '@/lib/http/testing/chat-routes'

const here = serveChatRoutes()
const { request, call, start, held, finished } = here

describe('evidence', () => {
  it('is read in pages of whole characters, bytes as base64', async () => {
    here.world.model.answerInTurn(
      () => [{ call: 'shop__picture', arguments: '{}' }],
      () => [{ text: 'Seen.' }],
    )
    const { log } = await finished()
    const output = log.flatMap((chunk) => (chunk.type === 'tool-output-available' ? [chunk.output] : []))[0] as {
      evidenceId: string
      preview: string
      bytes: number
    }
    let text = ''
    for (let offset: number | null = 0; offset !== null; ) {
      const { body } = await call('GET', `/api/evidence/${output.evidenceId}?offset=${offset}&limit=1001`)
      expect(body.content).not.toContain('\ufffd')
      text += body.content
      offset = body.nextOffset
    }
    expect(Buffer.byteLength(text)).toBe(output.bytes)
    expect(text.startsWith('größer '.repeat(1_000))).toBe(true)
    expect((await call('GET', `/api/evidence/${output.evidenceId}?offset=3`)).body).toMatchObject({ offset: 4 })
    const picture = /evidence (ev_\w+)/.exec(output.preview)?.[1]
    expect((await call('GET', `/api/evidence/${picture}?limit=4`)).body).toMatchObject({
      mediaType: 'image/png',
      encoding: 'base64',
      content: image.subarray(0, 4).toString('base64'),
      nextOffset: 4,
    })
    for (const [query, field] of [
      ['limit=0', 'limit'],
      ['offset=-1', 'offset'],
      ['limit=9999999', 'limit'],
    ]) {
      expect(await call('GET', `/api/evidence/${picture}?${query}`)).toMatchObject({
        status: 400,
        body: { error: { field } },
      })
    }
    expect((await call('GET', `/api/evidence/${picture}`, { as: here.world.eddie })).status).toBe(404)
  })
})

describe('sessions and runs', () => {
  it('are listed in pages whose cursor is checked, and started once per idempotency key', async () => {
    expect(await call('GET', '/api/sessions?limit=101')).toMatchObject({
      status: 400,
      body: { error: { field: 'limit' } },
    })
    expect(await call('GET', '/api/sessions?cursor=x')).toMatchObject({
      status: 400,
      body: { error: { field: 'cursor' } },
    })
    for (const _ of [1, 2]) await finished()
    const first = await call('GET', '/api/sessions?limit=1')
    const second = await call('GET', `/api/sessions?limit=1&cursor=${first.body.nextCursor}`)
    expect(second.body.sessions[0].id).not.toBe(first.body.sessions[0].id)
    const key = { 'idempotency-key': 'route-key' }
    const once = await call('POST', '/api/agent/runs', { body: { message: 'Once' }, headers: key })
    const twice = await call('POST', '/api/agent/runs', { body: { message: 'Once' }, headers: key })
    expect([once.status, twice.status, twice.body.runId]).toEqual([202, 202, once.body.runId])
    expect((await call('POST', '/api/agent/runs', { body: { message: 'No' }, headers: key })).status).toBe(409)
    await here.world.ended(here.one, once.body.runId)
  })

  it('forget a current session that cannot be seen, and set none that is foreign', async () => {
    const { sessionId } = await finished()
    expect((await call('PUT', '/api/sessions/current', { body: { sessionId } })).status).toBe(200)
    expect((await call('PUT', '/api/sessions/current', { as: here.world.eddie, body: { sessionId } })).status).toBe(404)
    expect((await call('GET', '/api/sessions/current')).body).toEqual({ sessionId })
    await call('DELETE', `/api/sessions/${sessionId}`)
    expect((await call('GET', '/api/sessions/current')).body).toEqual({ sessionId: null })
  })
})

describe('every call (who may make which is in `authorisation.test.ts`)', () => {
  /** A body that its schema takes, for the calls that want one. */
  const bodies: Record<string, object> = {
    'POST /api/agent/runs': { message: 'x' },
    'POST /api/sessions': {},
    'PUT /api/sessions/current': { sessionId: null },
    'PATCH /api/sessions/{id}': { title: 'Another' },
    'PATCH /api/sessions/{id}/queue/{itemId}': { message: 'another' },
  }
  const guarded = () => operations.filter(({ path, auth }) => CHAT_PATHS.includes(path) && auth === 'required')

  it('about another’s private things is 404 for everybody, and about shared ones by role', async () => {
    const { runId, sessionId, hold } = await held(here.world.ada)
    const { runId: itemId } = await start({ message: 'queued', sessionId })
    const about = guarded().filter(({ path }) => path.includes('{id}') && !path.includes('evidence'))
    const status = async (operation: { method: string; path: string }, as: Principal) => {
      const { method, path } = operation
      const id = path.includes('/runs/') ? runId : sessionId
      const url = path.replace('{id}', id).replace('{itemId}', itemId)
      const client = new AbortController()
      const response = await request(method, url, { as, body: bodies[`${method} ${path}`], signal: client.signal })
      client.abort()
      return response.status
    }
    for (const operation of about) {
      for (const as of [here.world.eddie, here.world.vera, here.world.stranger]) {
        expect(`${operation.method} ${operation.path} ${await status(operation, as)}`).toMatch(/ 404$/)
      }
    }
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'organisation' } })
    for (const operation of about) {
      const changes = operation.method !== 'GET'
      expect(`${operation.method} ${operation.path} ${await status(operation, here.world.stranger)}`).toMatch(/ 404$/)
      expect(`${operation.method} ${operation.path} ${await status(operation, here.world.vera)}`).toMatch(
        changes ? / 403$/ : / 200$/,
      )
    }
    const byEddie = (method: string, path: string) => status({ method, path }, here.world.eddie)
    expect(await byEddie('PATCH', '/api/sessions/{id}')).toBe(200)
    expect(await byEddie('PATCH', '/api/sessions/{id}/queue/{itemId}')).toBe(200)
    expect(await byEddie('DELETE', '/api/sessions/{id}/queue/{itemId}')).toBe(204)
    expect(await byEddie('DELETE', '/api/sessions/{id}')).toBe(403)
    expect(await byEddie('POST', '/api/agent/runs/{id}/cancel')).toBe(202)
    hold.open()
    await here.world.ended(here.one, runId)
  })

  it('that names another organisation is 404', async () => {
    for (const path of ['/api/sessions', '/api/mcp/tools', '/api/models', '/api/sessions/current']) {
      expect((await call('GET', `${path}?org=other`)).status).toBe(404)
    }
    expect((await call('POST', '/api/agent/runs', { body: { message: 'x', orgId: 'other' } })).status).toBe(404)
    const { sessionId } = await finished()
    const mismatch = { message: 'x', sessionId, orgId: 'other' }
    expect((await call('POST', '/api/agent/runs', { body: mismatch })).status).toBe(404)
  })

  it('of a member that was removed is answered as a stranger’s', async () => {
    const { sessionId } = await finished(here.world.vera)
    await removeMember(here.one.services.store, here.world.organisation.id, here.world.vera.id)
    expect((await call('GET', `/api/sessions/${sessionId}`, { as: here.world.vera })).status).toBe(404)
    await putMember(here.one.services.store, here.world.organisation.id, { userId: here.world.vera.id, role: 'viewer' })
  })
})
