import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { StoreUnavailable } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'
import { append, applied, commit, put, readAll } from '@/lib/stores/contract-suite/pair'
import { openRedisStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'

const authorities = getCACertificates('default')
const stores: Store[] = []
let folder: string
let certificate: string
let server: RedisServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-tls-'))
  certificate = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = spawnSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', certificate])
  if (made.status !== 0) throw new Error('This test needs openssl on the PATH (Debian: apt-get install openssl).')
  server = await startRedisServer({ tls: { certificate, key } })
})
afterAll(async () => {
  setDefaultCACertificates(authorities)
  for (const store of stores) await store.close()
  await server.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function open(url: string): Promise<Store> {
  const store = await openRedisStore({ url, readyBoundMs: 500 })
  stores.push(store)
  return store
}

it('over TLS a server whose certificate nobody vouches for is not spoken to', async () => {
  const store = await open(server.tlsUrl)
  await expect(store.get('p', 'things', 'a')).rejects.toBeInstanceOf(StoreUnavailable)
})

it('over TLS commits, logs and wake-ups go through, beside a process without it', async () => {
  setDefaultCACertificates([...authorities, readFileSync(certificate, 'utf8')])
  const [secure, plain] = [await open(server.tlsUrl), await open(server.url)]
  const listener = vi.fn()
  await secure.subscribe('topic', listener)
  await applied(commit(plain, 'p', [put('a', 1), append('log', 1, ['"one"'])], ['topic']))
  await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5_000 })
  await applied(commit(secure, 'p', [append('log', 2, ['"two"'])]))
  expect((await readAll(secure, 'p', 'log')).map(({ data }) => data)).toEqual(['"one"', '"two"'])
  expect(await plain.get('p', 'things', 'a')).toMatchObject({ body: 1 })
})
