import { randomBytes } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENVIRONMENT_VARIABLES, EnvironmentError, loadEnv } from '@/lib/env'

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-env-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (variables: Record<string, string> = {}) => loadEnv({ DATA_DIR: folder, ...variables })

function problemsOf(variables: Record<string, string>): string[] {
  try {
    load(variables)
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems.map(({ name }) => name)
    throw error
  }
  return []
}

describe('the environment', () => {
  it('makes both secrets once, readable by their owner only, and finds them again', () => {
    const first = load()
    const second = load()
    expect(second.sessionSecret).toBe(first.sessionSecret)
    expect(second.secretKeys).toEqual(first.secretKeys)
    expect(first.secretKeys[0].key).toHaveLength(32)
    for (const name of ['session-secret', 'secret-key'])
      expect(statSync(join(folder, 'secrets', name)).mode & 0o777).toBe(0o600)
  })

  it('refuses to make a new key when the kept one is damaged', () => {
    load()
    writeFileSync(join(folder, 'secrets', 'secret-key'), 'garbage')
    expect(() => load()).toThrow(/secret-key/)
    writeFileSync(join(folder, 'secrets', 'secret-key'), '')
    expect(() => load()).toThrow(/empty/)
  })

  it('names every variable at fault at once, and never a value', () => {
    const wrong = {
      PORT: 'eighty-secret',
      REDIS_URL: 'http://secret',
      NEXTAUTH_URL: 'secret',
      LONGWATCH_SECRET_KEY: 'k1:secret',
      LONGWATCH_ALLOWED_NETWORKS: '10.0.0.0/8,secret',
      LONGWATCH_LEASE_SECONDS: '0',
      LLM_BASE_URL: 'http://127.0.0.1:1/v1',
      LOKI_USER: 'secret',
    }
    expect(problemsOf(wrong).sort()).toEqual(
      [
        'LLM_MODEL',
        'LOKI_PASSWORD',
        'LOKI_URL',
        'LONGWATCH_ALLOWED_NETWORKS',
        'LONGWATCH_LEASE_SECONDS',
        'LONGWATCH_SECRET_KEY',
        'NEXTAUTH_SECRET',
        'NEXTAUTH_URL',
        'PORT',
        'REDIS_URL',
      ].sort(),
    )
    expect(() => load(wrong)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })

  it('wants both secrets on Redis', () => {
    expect(problemsOf({ REDIS_URL: 'redis://127.0.0.1:6379' })).toEqual(['NEXTAUTH_SECRET', 'LONGWATCH_SECRET_KEY'])
    expect(problemsOf({ UPSTASH_REDIS_REST_URL: 'https://a.test' })).toContain('UPSTASH_REDIS_REST_TOKEN')
    const env = load({
      REDIS_URL: 'redis://127.0.0.1:6379',
      NEXTAUTH_SECRET: 'x'.repeat(32),
      LONGWATCH_SECRET_KEY: `${key('new')},${key('old')}`,
    })
    expect(env.store).toEqual({ kind: 'redis', url: 'redis://127.0.0.1:6379' })
    expect(env.secretKeys.map(({ id }) => id)).toEqual(['new', 'old'])
  })

  it('refuses to start on Vercel without Redis', () => {
    expect(problemsOf({ VERCEL: '1' })).toEqual(['REDIS_URL'])
    const secrets = {
      NEXTAUTH_SECRET: 'x'.repeat(20),
      LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    }
    const redis = { VERCEL: '1', REDIS_URL: 'redis://127.0.0.1:6379', ...secrets }
    expect(load(redis)).toMatchObject({ vercel: true, maxDurationSeconds: 300, ownUrl: null, cronSecret: null })
    expect(load({ ...redis, VERCEL_URL: 'a.vercel.app', LONGWATCH_MAX_DURATION: '800' })).toMatchObject({
      maxDurationSeconds: 800,
      ownUrl: 'https://a.vercel.app',
    })
    expect(load({}).maxDurationSeconds).toBe(null)
  })

  it('refuses a demo that other machines can reach', () => {
    expect(problemsOf({ LONGWATCH_DEMO: '1', HOST: '0.0.0.0' })).toEqual(['HOST'])
    expect(load({ LONGWATCH_DEMO: '1' }).host).toBe('127.0.0.1')
    expect(load().host).toBe('0.0.0.0')
  })

  it('counts an empty variable as absent', () => {
    expect(load({ REDIS_URL: '', PORT: '', VERCEL: '' })).toMatchObject({ port: 3000, store: { kind: 'sqlite' } })
  })

  it('reads model and data sources, and does not show the OpenAI key to another endpoint', () => {
    const env = load({
      OPENAI_API_KEY: 'sk-openai',
      LLM_BASE_URL: 'http://127.0.0.1:1/v1',
      LLM_MODEL: 'qwen3',
      PROMETHEUS_URL: 'http://127.0.0.1:9090',
      LOKI_URL: 'http://127.0.0.1:3100',
      LOKI_TOKEN: 't',
    })
    expect(env.model).toMatchObject({ provider: 'openai-compatible', apiKey: null, model: 'qwen3' })
    expect(env.dataSources).toEqual([
      { type: 'prometheus', url: 'http://127.0.0.1:9090', credentials: { kind: 'none' } },
      { type: 'loki', url: 'http://127.0.0.1:3100', credentials: { kind: 'bearer', token: 't' } },
    ])
    expect(load({ OPENAI_API_KEY: 'sk-openai' }).model).toMatchObject({ provider: 'openai', apiKey: 'sk-openai' })
  })

  it('knows the platform’s limit as vercel.json and the routes that execute runs set it', () => {
    const root = new URL('..', import.meta.url)
    const file = (path: string) => readFileSync(new URL(path, root), 'utf8')
    const vercel = JSON.parse(file('vercel.json'))
    const redis = { VERCEL: '1', REDIS_URL: 'redis://127.0.0.1:6379' }
    const limit = load({
      ...redis,
      NEXTAUTH_SECRET: 'x'.repeat(20),
      LONGWATCH_SECRET_KEY: key('k1'),
    }).maxDurationSeconds
    expect(vercel.functions['app/**/*'].maxDuration).toBe(limit)
    const routes = globSync('app/api/{agent,events,internal,sessions}/**/route.ts', { cwd: fileURLToPath(root) })
    const without = routes.filter((path) => !file(path).includes(`export const maxDuration = ${limit}\n`))
    expect(without).toEqual(['app/api/sessions/current/route.ts'])
    for (const { path } of vercel.crons) expect(routes).toContain(`app${path}/route.ts`)
  })

  it('is listed whole in .env.example, and nothing else is', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
    const listed = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1])
    const platform = ['NODE_ENV', 'VERCEL', 'VERCEL_URL', 'VERCEL_AUTOMATION_BYPASS_SECRET']
    expect(listed.sort()).toEqual(ENVIRONMENT_VARIABLES.filter((name) => !platform.includes(name)).sort())
  })
})

describe('the base path', () => {
  const expectedOf = (source: Record<string, string>, built?: string) => {
    try {
      loadEnv({ DATA_DIR: folder, ...source }, built)
      return null
    } catch (error) {
      return (error as EnvironmentError).problems.map(({ name, expected }) => `${name}: ${expected}`).join('\n')
    }
  }

  it('is part of every address of its own', () => {
    const url = 'https://tools.test/longwatch'
    const built = loadEnv({ DATA_DIR: folder, LONGWATCH_BASE_PATH: '/longwatch', NEXTAUTH_URL: url }, '/longwatch')
    expect(built).toMatchObject({ basePath: '/longwatch', baseUrl: url, ownUrl: url })
    // As next-auth's documentation writes it, and with a slash.
    for (const written of [`${url}/`, `${url}/api/auth`]) {
      const source = { DATA_DIR: folder, LONGWATCH_BASE_PATH: '/longwatch', NEXTAUTH_URL: written }
      expect(loadEnv(source, '/longwatch').baseUrl).toBe(url)
    }
    expect(loadEnv({ DATA_DIR: folder, NEXTAUTH_URL: 'https://watch.test/' }, '').baseUrl).toBe('https://watch.test')
  })

  it('must be the one that was built in, and stand in NEXTAUTH_URL', () => {
    expect(expectedOf({ LONGWATCH_BASE_PATH: '/other' }, '/longwatch')).toMatch(
      /^LONGWATCH_BASE_PATH: expected \/longwatch, as when it was built/,
    )
    expect(expectedOf({}, '/longwatch')).toMatch(/^LONGWATCH_BASE_PATH: expected \/longwatch/)
    expect(expectedOf({ LONGWATCH_BASE_PATH: '/longwatch' }, '')).toMatch(/^LONGWATCH_BASE_PATH: expected to be absent/)
    expect(expectedOf({ LONGWATCH_BASE_PATH: '/longwatch', NEXTAUTH_URL: 'https://tools.test' })).toBe(
      'NEXTAUTH_URL: expected to end in /longwatch',
    )
    expect(expectedOf({ NEXTAUTH_URL: 'https://tools.test/longwatch' })).toMatch(
      /^NEXTAUTH_URL: expected without a path/,
    )
    for (const wrong of ['longwatch', '/longwatch/', '/', '/a b', '/a/../b']) {
      expect(expectedOf({ LONGWATCH_BASE_PATH: wrong })).toMatch(/^LONGWATCH_BASE_PATH: expected a path like/)
    }
    expect(expectedOf({ LONGWATCH_BASE_PATH: '/longwatch' }, '/longwatch')).toBeNull()
  })
})
