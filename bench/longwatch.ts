import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore } from '@/lib/stores/redis/open'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { freePort, ROOT } from '../scripts/lib.mjs'
import { call, type Endpoint, openStream } from './http.ts'
import { startNext, temporaryFolder } from './next-server.ts'
import { startRedis } from './redis.ts'
import type { Model, Subject } from './subject.ts'

const TOKEN = 'lw_bench_token_of_an_editor_in_the_bench_organisation'

/** What the caller's environment may name and the bench must not use; empty counts as absent. */
const ELSEWHERE = [
  'REDIS_URL',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
  'NEXTAUTH_URL',
  'GRAFANA_URL',
].concat(
  ['LLM_BASE_URL', 'LLM_API_KEY', 'LLM_MODEL', 'OPENAI_API_KEY', 'PROMETHEUS_URL', 'LOKI_URL', 'TEMPO_URL'],
  ['ALERTMANAGER_URL', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
)

export const STORES = ['sqlite', 'redis'] as const
export type StoreKind = (typeof STORES)[number]

export interface Longwatch extends Subject {
  organisationId: string
  /** Asks a question; resolves with the run's id as soon as it can be watched. */
  ask(question: string): Promise<string>
  /** Stops the answer. */
  cancel(id: string): Promise<void>
  /** The session as a page reads it that is loaded anew. */
  sessionPath(id: string): Promise<string>
  /** Opens its store beside it. */
  openStore(): Promise<Store>
}

/** Who signs in where a browser is part of the measurement. */
export const PERSON = { email: 'bench@bench.test', password: 'a password of the bench' }

const provisioning = (
  model: Endpoint,
) => `users: [{ email: "${PERSON.email}", name: Bench, password: "${PERSON.password}" }]
organisations:
  - slug: bench
    name: Bench
    members: [{ email: "${PERSON.email}", role: editor }]
    tokens: [{ name: bench, role: editor, value: ${TOKEN} }]
    model: { provider: openai-compatible, baseUrl: "http://127.0.0.1:${model.port}/v1", model: bench, contextTokens: 128000 }
    limits: { runsAtOnce: 100000, runsAtOncePerPrincipal: 100000 }
`

interface Options {
  store?: StoreKind
  /** A folder: the process leaves a CPU profile there when it ends. */
  profile?: string
}

/** Starts the built application as `npm start` does, on an empty SQLite file or an empty redis-server of its own. */
export async function startLongwatch(model: Model, { store = 'sqlite', profile }: Options = {}): Promise<Longwatch> {
  const { folder, clear } = temporaryFolder()
  writeFileSync(join(folder, 'bench.yaml'), provisioning(model.endpoint))
  const redis = store === 'redis' ? await startRedis() : null
  const port: number = await freePort(4_700)
  const endpoint = { port, headers: { authorization: `Bearer ${TOKEN}` } }
  const dispose = async () => {
    await redis?.stop()
    clear()
  }
  try {
    const server = await startNext({
      application: ROOT,
      command: [join(ROOT, 'server.mjs')],
      port,
      readyPath: '/api/ready',
      profile,
      environment: {
        ...Object.fromEntries(ELSEWHERE.map((name) => [name, ''])),
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: folder,
        NEXTAUTH_URL: `http://127.0.0.1:${port}`,
        LONGWATCH_LOG_LEVEL: 'error',
        LONGWATCH_RUNS_PER_PROCESS: '100000',
        LONGWATCH_REQUESTS_PER_MINUTE: '10000000',
        LONGWATCH_PROVISIONING: join(folder, 'bench.yaml'),
        ...(redis && {
          REDIS_URL: redis.url,
          NEXTAUTH_SECRET: randomBytes(32).toString('hex'),
          LONGWATCH_SECRET_KEY: `bench:${randomBytes(32).toString('base64')}`,
        }),
      },
    })
    const stop = async () => {
      await server.stop()
      await dispose()
    }
    try {
      const { memberships } = (await call(endpoint, '/api/me')) as { memberships: { organisation: { id: string } }[] }
      const ask = async (question: string) => {
        const started = await call(endpoint, '/api/agent/runs', { method: 'POST', body: { message: question } })
        return (started as { runId: string }).runId
      }
      const streamPath = (id: string, after = 0) => `/api/agent/runs/${id}/events?after=${after}`
      const sessionPath = async (id: string) => {
        const run = (await call(endpoint, `/api/agent/runs/${id}`)) as { sessionId: string }
        return `/api/sessions/${run.sessionId}`
      }
      return {
        name: 'longwatch',
        endpoint,
        pid: server.pid,
        redis,
        organisationId: memberships[0]?.organisation.id ?? '',
        openStore: () =>
          redis ? openRedisStore({ url: redis.url }) : openSqliteStore({ file: join(folder, 'longwatch.db') }),
        ask,
        async askAndWatch(question, take) {
          const headers = { accept: 'text/event-stream' }
          const sent = { method: 'POST', headers, body: { message: question } }
          const stream = await openStream(endpoint, '/api/agent/runs', take, sent)
          return { id: String(stream.headers['x-run-id']), stream }
        },
        async askThenWatch(question, take) {
          const id = await ask(question)
          return { id, stream: await openStream(endpoint, streamPath(id), take) }
        },
        async untilWatchable() {},
        streamPath,
        sessionPath,
        async storedAnswer(id) {
          const session = (await call(endpoint, await sessionPath(id))) as { messages: Message[] }
          return textOf(session.messages.findLast(({ role }) => role === 'assistant'))
        },
        async cancel(id) {
          await call(endpoint, `/api/agent/runs/${id}/cancel`, { method: 'POST' })
        },
        alive: server.alive,
        memory: server.memory,
        stop,
      }
    } catch (error) {
      await server.stop()
      throw error
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

export interface Message {
  role: string
  parts: { type: string; text?: string }[]
}

export const textOf = (message: Message | undefined): string =>
  message?.parts.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('') ?? ''
