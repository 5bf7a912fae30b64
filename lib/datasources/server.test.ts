import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DataSource, dataSources } from '@/lib/datasources/config'
import { builtinServers, createDataSourceServer, openDataSources } from '@/lib/datasources/server'
import { connectTo } from '@/lib/datasources/testing/client'
import { sendJson, startUpstream, type Upstream } from '@/lib/datasources/testing/upstream'
import { createSecretBox } from '@/lib/secrets/secret-box'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

const secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])
let folder: string
let store: Store
let upstream: Upstream

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwatch-datasources-'))
  store = await openSqliteStore({ file: join(folder, 'longwatch.db') })
  upstream = await startUpstream((_, response) => sendJson(response, { status: 'success', data: { alerts: [] } }))
})
afterAll(async () => {
  await upstream.stop()
  await store.close()
  await rm(folder, { recursive: true })
})

async function save(organisationId: string, source: Partial<DataSource>) {
  const name = source.name ?? 'prod'
  const body: DataSource = {
    id: name,
    type: 'prometheus',
    name,
    url: upstream.url,
    credentials: { kind: 'none' },
    provisioned: true,
    createdAt: 1,
    ...source,
  }
  await store.commit({
    partition: organisationId,
    operationId: randomBytes(8).toString('hex'),
    operations: [dataSources.put(name, body)],
  })
}

it('opens the credentials of one organisation only, in memory', async () => {
  await save('organisation-a', { credentials: { kind: 'bearer', token: secrets.seal('t0ken', 'organisation-a') } })
  expect(await openDataSources(store, secrets, 'organisation-a')).toMatchObject([
    { name: 'prod', credentials: { kind: 'bearer', token: 't0ken' } },
  ])
  expect(await openDataSources(store, secrets, 'organisation-b')).toEqual([])
})

it('gives no server to an organisation without data sources', async () => {
  expect(await builtinServers(store, secrets)({ id: 'organisation-none' })).toEqual([])
})

it('gives one server whose fingerprint changes with the data sources and holds no secret', async () => {
  await save('organisation-c', { credentials: { kind: 'bearer', token: secrets.seal('t0ken', 'organisation-c') } })
  const list = builtinServers(store, secrets)
  const [first] = await list({ id: 'organisation-c' })
  expect(first).toMatchObject({ id: 'datasources', name: 'datasources' })
  expect((await list({ id: 'organisation-c' }))[0]?.fingerprint).toBe(first?.fingerprint)
  if (!first) throw new Error('no server')
  const tools = await connectTo(first.create())
  expect((await tools.call('list_data_sources')).structured).toEqual({
    dataSources: [{ name: 'prod', type: 'prometheus' }],
  })
  expect((await tools.call('alerts')).text).toBe('No alerts are active.')
  expect(upstream.requests.at(-1)?.headers.authorization).toBe('Bearer t0ken')
  await tools.close()
  await save('organisation-c', { name: 'second', createdAt: 2 })
  expect((await list({ id: 'organisation-c' }))[0]?.fingerprint).not.toBe(first.fingerprint)
})

it('keeps the other sources when the credentials of one cannot be opened', async () => {
  await save('organisation-d', { name: 'good' })
  await save('organisation-d', {
    name: 'moved',
    createdAt: 2,
    credentials: { kind: 'basic', user: 'ada', password: secrets.seal('x', 'another-organisation') },
  })
  const tools = await connectTo(createDataSourceServer(await openDataSources(store, secrets, 'organisation-d')))
  expect((await tools.call('alerts', { source: 'good' })).failed).toBe(false)
  const refused = await tools.call('alerts', { source: 'moved' })
  expect(refused).toMatchObject({ failed: true, text: expect.stringContaining('an admin must enter them again') })
  await tools.close()
})

it('never reaches an address that was typed in without a guard', async () => {
  await save('organisation-e', { provisioned: false })
  const before = upstream.requests.length
  const refused = await connectTo(createDataSourceServer(await openDataSources(store, secrets, 'organisation-e')))
  expect(await refused.call('alerts')).toMatchObject({ failed: true })
  expect(upstream.requests).toHaveLength(before)
  const guarded: string[] = []
  const guardedFetch: typeof fetch = (input, init) => {
    guarded.push(String(input))
    return fetch(input, init)
  }
  const sources = await openDataSources(store, secrets, 'organisation-e', { fetchFor: () => guardedFetch })
  const allowed = await connectTo(createDataSourceServer(sources))
  expect(await allowed.call('alerts')).toMatchObject({ failed: false })
  expect(guarded).toEqual([`${upstream.url}/api/v1/alerts`])
  await Promise.all([refused.close(), allowed.close()])
})
