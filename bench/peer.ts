import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { environment, freePort, ROOT, run } from '../scripts/lib.mjs'
import { call, openStream } from './http.ts'
import { type Message, textOf } from './longwatch.ts'
import { startNext } from './next-server.ts'
import { startRedis } from './redis.ts'
import type { Model, Subject } from './subject.ts'

const APPLICATION = fileURLToPath(new URL('./peer', import.meta.url))

export const PEER_NAME = 'AI SDK + resumable-stream'

interface StoredChat {
  messages: Message[]
  activeStreamId: string | null
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  const files = readdirSync(APPLICATION, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => /^[^.].*\.(ts|tsx|mjs)$/.test(name) && name !== 'next-env.d.ts').sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(APPLICATION, file)))
  }
  return hash.digest('hex')
}

/** Builds the peer's application for production unless a build of exactly these sources is there. */
export async function ensurePeerBuild(): Promise<void> {
  const stamp = join(APPLICATION, '.next/bench-fingerprint')
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Building the peer (once) …')
  const code = await run(process.execPath, [join(ROOT, 'node_modules/next/dist/bin/next'), 'build'], {
    cwd: APPLICATION,
    env: environment({ NODE_ENV: 'production', REDIS_URL: 'redis://127.0.0.1:1' }),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (code !== 0) throw new Error('The peer could not be built; see above.')
  writeFileSync(stamp, wanted)
}

/**
 * Starts what the AI SDK's guide to resumable streams describes, on an empty redis-server of its own.
 * @param wiring the guide's own, or the best that the packages' documentation allows; see `peer/streams.ts`.
 */
export async function startPeer(model: Model, wiring: 'best' | 'guide' = 'best'): Promise<Subject> {
  await ensurePeerBuild()
  const redis = await startRedis()
  const port: number = await freePort(4_800)
  const endpoint = { port, headers: {} }
  const stored = async (id: string) => (await call(endpoint, `/api/chat/${id}`)) as StoredChat
  try {
    const server = await startNext({
      application: APPLICATION,
      port,
      readyPath: '/api/chat/none',
      quiet: true,
      environment: {
        REDIS_URL: redis.url,
        MODEL_URL: `http://127.0.0.1:${model.endpoint.port}/v1`,
        PEER_WIRING: wiring,
        KV_URL: '',
        DEBUG: '',
      },
    })
    return {
      name: PEER_NAME,
      endpoint,
      pid: server.pid,
      redis,
      async askAndWatch(question, take) {
        const id = randomUUID()
        const message = { id: randomUUID(), role: 'user', parts: [{ type: 'text', text: question }] }
        return { id, stream: await openStream(endpoint, '/api/chat', take, { method: 'POST', body: { id, message } }) }
      },
      async untilWatchable(id) {
        for (let tries = 0; (await stored(id)).activeStreamId === null; tries += 1) {
          if (tries > 500) throw new Error('The stream did not become resumable.')
          await delay(10)
        }
      },
      streamPath: (id) => `/api/chat/${id}/stream`,
      storedAnswer: async (id) => textOf((await stored(id)).messages.findLast(({ role }) => role === 'assistant')),
      alive: server.alive,
      memory: server.memory,
      async stop() {
        await server.stop()
        await redis.stop()
      },
    }
  } catch (error) {
    await redis.stop()
    throw error
  }
}
