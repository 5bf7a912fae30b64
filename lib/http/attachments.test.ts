import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as runs from '@/app/api/agent/runs/route'
import * as attachment from '@/app/api/attachments/[id]/route'
import * as attachments from '@/app/api/attachments/route'
import type { Principal } from '@/lib/access/types'
import { MAX_ATTACHMENT_BYTES } from '@/lib/attachments/limits'
import { PNG } from '@/lib/attachments/testing'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import type { RouteHandler } from '@/lib/http/handle'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { World } from '@/lib/runs/testing/world'

let world: World
let served: Served
const cookies = new Map<Principal, string>()

beforeAll(async () => {
  provideEnv(
    loadEnv({ NEXTAUTH_SECRET: 'x'.repeat(48), LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}` }),
  )
  world = await World.create()
  provideServices((await world.process()).services)
  for (const person of [world.eddie, world.vera])
    cookies.set(person, `next-auth.session-token=${await encodeSession({ id: person.id, sessionVersion: 1 })}`)
  served = await serveRoutes({
    'POST /api/agent/runs': runs.POST as RouteHandler,
    'POST /api/attachments': attachments.POST as RouteHandler,
    'GET /api/attachments/{id}': attachment.GET as RouteHandler,
    'DELETE /api/attachments/{id}': attachment.DELETE as RouteHandler,
  })
})
afterAll(async () => {
  await served.close()
  await world.close()
})

const call = (path: string, init: RequestInit = {}, person = world.eddie) =>
  fetch(served.base + path, {
    ...init,
    headers: { cookie: cookies.get(person) ?? '', origin: served.base, ...init.headers },
  })
const upload = (body: RequestInit['body'], name = 'a.log') =>
  call(`/api/attachments?org=acme&name=${encodeURIComponent(name)}`, { method: 'POST', body })
const errorOf = async (response: Response) => ({ status: response.status, ...(await response.json()).error })

/** A body whose length nobody says beforehand. */
function unbounded(bytes: number): { stream: ReadableStream<Uint8Array>; sent: () => number } {
  let sent = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= bytes) return controller.close()
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(97))
    },
  })
  return { stream, sent: () => sent }
}

describe('files over HTTP', () => {
  it('are images only when their first bytes say so, whatever type was declared', async () => {
    const made = await upload(new Blob([PNG], { type: 'text/html' }), 'page.html')
    expect(made.status).toBe(201)
    const { id, ...told } = await made.json()
    expect(told).toEqual({ name: 'page.html', kind: 'image', mediaType: 'image/png', bytes: PNG.length })
    const read = await call(`/api/attachments/${id}`)
    expect(Buffer.from(await read.arrayBuffer()).equals(PNG)).toBe(true)
    expect(read.headers.get('content-type')).toBe('image/png')
    expect(read.headers.get('content-disposition')).toMatch(/^inline; filename="page\.html"/)
  })

  it.each([
    ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'],
    ['a.html', '<script>alert(1)</script>', 'text/html'],
  ])('that could run something are plain text: %s', async (name, text, type) => {
    const made = await upload(new Blob([text], { type }), name)
    const { id } = await made.json()
    const read = await call(`/api/attachments/${id}`)
    expect(await read.text()).toBe(text)
    expect(Object.fromEntries(read.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"; filename*=UTF-8''${name}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, no-cache',
    })
  })

  it('are not sent again to who has them and may read them still, and to nobody else', async () => {
    const { id } = await (await upload('a line')).json()
    const first = await call(`/api/attachments/${id}`)
    await first.text()
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    const again = await call(`/api/attachments/${id}`, { headers })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await call(`/api/attachments/${id}`, { headers }, world.vera)).status).toBe(404)
  })

  it('that are neither text nor image are a 400 that names the file', async () => {
    expect(await errorOf(await upload(Buffer.from([0x1f, 0x8b, 8, 0, 1])))).toMatchObject({
      status: 400,
      field: 'file',
    })
    expect(await errorOf(await upload(''))).toMatchObject({ status: 400, field: 'file' })
  })

  it('of another page are refused', async () => {
    const foreign = await call('/api/attachments?org=acme', {
      method: 'POST',
      body: 'a line',
      headers: { origin: 'https://elsewhere.test', 'content-type': 'text/plain' },
    })
    expect(foreign.status).toBe(403)
  })

  it('may be all of a question, which is otherwise a 400 for the field `message`', async () => {
    const { id } = await (await upload('a line')).json()
    const ask = (body: object) =>
      call('/api/agent/runs', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orgId: 'acme', ...body }),
      })
    for (const body of [{}, { message: '' }, { message: '', attachments: [] }, { attachments: [id] }])
      expect(await errorOf(await ask(body))).toMatchObject({ status: 400, field: 'message' })
    const asked = await ask({ message: '', attachments: [id] })
    expect([asked.status, (await asked.json()).status]).toEqual([202, 'running'])
  })

  it('are removed, once', async () => {
    const { id } = await (await upload('a line')).json()
    const remove = async () => (await call(`/api/attachments/${id}`, { method: 'DELETE' })).status
    expect([await remove(), await remove()]).toEqual([204, 404])
  })

  it('are refused when they are too large, before they were read to the end', async () => {
    const { stream, sent } = unbounded(40 * MAX_ATTACHMENT_BYTES)
    const response = await call('/api/attachments?org=acme', {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit).catch(() => null)
    // The connection may be closed on a client that is still writing.
    if (response) expect((await errorOf(response)).code).toBe('payload_too_large')
    expect(sent()).toBeLessThan(20 * MAX_ATTACHMENT_BYTES)
    const declared = await upload(Buffer.alloc(MAX_ATTACHMENT_BYTES + 1, 'a'))
    expect(await errorOf(declared)).toMatchObject({ status: 413, code: 'payload_too_large' })
    const most = await upload(Buffer.alloc(MAX_ATTACHMENT_BYTES, 'a'))
    expect(most.status).toBe(201)
    await most.text()
  })
})
