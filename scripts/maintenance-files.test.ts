import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attachedTo } from '@/lib/agent/attached'
import { readAttachment } from '@/lib/attachments/read'
import { expireAttachments, removeAttachment } from '@/lib/attachments/remove'
import { attachImage, attachText, PNG } from '@/lib/attachments/testing'
import { startRun } from '@/lib/runs/start'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { newSecretKey } from '@/lib/secrets/keys'
import { getSession } from '@/lib/sessions/get'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { maintain } from './testing/command.ts'

/** Of several chunks, and of characters of several bytes. */
const TEXT = 'zëile eines Protokolls 🙂\n'.repeat(90_000)
const secrets = { NEXTAUTH_SECRET: 'x'.repeat(32), LONGWATCH_SECRET_KEY: newSecretKey() }

let folder: string
let target: RedisServer
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-files-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(STORES)('a backup of a %s store with files in it', (from) => {
  let world: World
  let one: Instance
  let sent: string
  let image: string
  let unsent: string
  let sessionId: string
  let backup: string

  beforeAll(async () => {
    world = await World.create({}, from)
    one = await world.process()
    world.takesImages = true
    world.model.answer(() => [{ text: 'Seen.' }])
    const eddie = one.as(world.eddie)
    sent = (await attachText(eddie, TEXT)).id
    image = (await attachImage(eddie)).id
    unsent = (await attachText(eddie, 'still to be sent', 'later.log')).id
    const started = await startRun(eddie, { message: '', attachments: [sent, image] })
    sessionId = started.sessionId
    await world.ended(one, started.runId)
    await one.supervisor.idle()
    backup = join(folder, `${from}.backup.gz`)
    const place: Record<string, string> = world.redis
      ? { REDIS_URL: world.redis.url }
      : { DATA_DIR: dirname(world.file) }
    expect(await maintain('backup', [backup], { ...secrets, ...place })).toMatchObject({ code: 0 })
  }, 60_000)
  afterAll(() => world.close())

  beforeEach(async () => {
    target = await startRedisServer()
    return () => target.dispose()
  })

  it.each(STORES)(
    'restored into %s has them whole, and they are read and removed as before',
    async (to) => {
      const data = mkdtempSync(join(folder, 'data-'))
      const place: Record<string, string> = to === 'redis' ? { REDIS_URL: target.url } : { DATA_DIR: data }
      expect(await maintain('restore', [backup], { ...secrets, ...place })).toMatchObject({ code: 0 })
      const store: Store =
        to === 'redis'
          ? await openRedisStore({ url: target.url })
          : await openSqliteStore({ file: join(data, 'longwatch.db') })
      try {
        const at = (person: typeof world.eddie) => ({ ...one.as(person), services: { ...one.services, store } })
        const [eddie, ada] = [at(world.eddie), at(world.ada)]
        const text = await readAttachment(eddie, { attachmentId: sent })
        expect(text.content.toString() === TEXT).toBe(true)
        expect(text.file).toMatchObject({ name: 'app.log', kind: 'text', bytes: Buffer.byteLength(TEXT) })
        expect((await readAttachment(eddie, { attachmentId: image })).content.equals(PNG)).toBe(true)
        await expect(readAttachment(ada, { attachmentId: sent })).rejects.toMatchObject({ code: 'not_found' })

        const [question] = (await getSession(eddie, { sessionId })).messages
        expect(question && attachedTo(question).map(({ id }) => id)).toEqual([sent, image])
        // What waits to be sent waits on, and is found by those who tidy up.
        await expireAttachments({ store }, world.organisation.id)
        expect((await readAttachment(eddie, { attachmentId: unsent })).content.toString()).toBe('still to be sent')
        await removeAttachment(eddie, { attachmentId: unsent })
        await expect(readAttachment(eddie, { attachmentId: unsent })).rejects.toMatchObject({ code: 'not_found' })
        await expect(removeAttachment(eddie, { attachmentId: sent })).rejects.toMatchObject({ code: 'conflict' })
      } finally {
        await store.close()
      }
    },
    60_000,
  )
})
