import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Random } from './random.ts'
import { Records, type SessionWatch } from './records.ts'
import { watchSession } from './watchers.ts'

const STATE = 'event: session\ndata: {"sessionId":"ses_1","snapshot":true}\n\n'

describe("a session's watcher knows since when it follows", () => {
  let opened: ServerResponse[] = []
  let first = STATE
  let refuses = false
  const server = createServer((request, response) => {
    if (refuses) return void request.socket.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`: open\n\n${first}`)
    opened.push(response)
  })
  let giveUp: AbortController
  let watching: Promise<void>
  let watch: SessionWatch

  const begin = () => {
    const records = new Records()
    giveUp = new AbortController()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const world = { url, records, giveUp: giveUp.signal, calm: AbortSignal.abort() }
    watching = watchSession(world, 'ses_1', 'token', new Random(1), 'steady')
    watch = records.sessionWatches[0] as SessionWatch
  }
  const end = async () => {
    giveUp.abort()
    await watching
  }

  beforeEach(async () => {
    opened = []
    first = STATE
    refuses = false
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    await end()
    await new Promise<unknown>((resolve) => server.close(resolve).closeAllConnections())
  })

  it('to the end, when the connection stood until then', async () => {
    const before = Date.now()
    begin()
    await expect.poll(() => watch.followsSince).toBeGreaterThanOrEqual(before)
    await end()
    expect(watch.followsSince).toBeGreaterThanOrEqual(before)
  })

  it('no longer, when the connection broke and none came after it', async () => {
    begin()
    await expect.poll(() => watch.followsSince).not.toBeNull()
    refuses = true
    opened[0]?.destroy()
    await expect.poll(() => watch.followsSince).toBeNull()
    await end()
    expect(watch.followsSince).toBeNull()
  })

  it('not yet, when it was told of nothing', async () => {
    first = ''
    begin()
    await expect.poll(() => watch.connections).toBe(1)
    await end()
    expect(watch.followsSince).toBeNull()
  })
})
