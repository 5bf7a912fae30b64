import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Organisation } from '@/lib/access/types'
import type { EnvironmentModel } from '@/lib/env'
import { type ModelConfig, modelConfigs } from '@/lib/models/config'
import { createModelResolver, SCRIPTED_MODEL_LABEL } from '@/lib/models/resolve'
import { streamModel } from '@/lib/models/stream'
import { answerText, startUpstream } from '@/lib/models/testing'
import { createOutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

const organisation = { id: '0123456789', slug: 'shop', name: 'Shop' } as Organisation
const other = { ...organisation, id: 'abcdefghjk' }
const secrets: SecretBox = {
  seal: (plain, organisationId) => ({ sealed: `${organisationId}:${plain}` }),
  open: ({ sealed }, organisationId) => {
    if (!sealed.startsWith(`${organisationId}:`)) throw new Error('wrong organisation')
    return sealed.slice(organisationId.length + 1)
  },
}
const fromEnvironment: EnvironmentModel = {
  provider: 'openai-compatible',
  baseUrl: 'http://127.0.0.1:9/v1',
  apiKey: 'sk-env',
  model: 'env-model',
  contextTokens: null,
  maxOutputTokens: null,
  takesImages: null,
}

const outbound = createOutboundGuard({ allowedNetworks: [] })
afterAll(() => outbound.close())

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwatch-models-'))
  store = await openSqliteStore({ file: join(folder, 'store.db') })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const resolver = (model: EnvironmentModel | null = fromEnvironment) =>
  createModelResolver({ store, secrets, outbound, model, logger: pino({ level: 'silent' }) })

let operation = 0
async function configure(id: string, overrides: Partial<ModelConfig> = {}) {
  operation += 1
  const config: ModelConfig = {
    id,
    name: null,
    provider: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:9/v1',
    apiKey: secrets.seal('sk-org', organisation.id),
    model: id,
    contextTokens: 32_000,
    maxOutputTokens: 2_000,
    takesImages: false,
    prices: null,
    enabled: true,
    provisioned: true,
    createdAt: operation,
    updatedAt: operation,
    ...overrides,
  }
  await store.commit({
    partition: organisation.id,
    operationId: `configure-${operation}`,
    operations: [modelConfigs.put(id, config)],
  })
}

describe('the model of an organisation', () => {
  it('is its own, the first by default, and never another organisation’s', async () => {
    await configure('first', { prices: { input: 1, output: 2 } })
    await configure('second')
    const models = resolver()
    expect(await models.resolve(organisation)).toMatchObject({
      id: 'first',
      contextTokens: 32_000,
      maxOutputTokens: 2_000,
      pricePerMillion: { input: 1, output: 2 },
    })
    expect((await models.resolve(organisation, 'second')).id).toBe('second')
    expect((await models.list(organisation)).map(({ id }) => id)).toEqual(['first', 'second'])
    await expect(models.resolve(other, 'first')).rejects.toMatchObject({ code: 'bad_request', field: 'model' })
    await expect(models.resolve(organisation, 'env-model')).rejects.toMatchObject({ code: 'bad_request' })
  })

  it('is the environment’s when it set none', async () => {
    const model = await resolver().resolve(other)
    expect(model).toMatchObject({ id: 'env-model', label: 'env-model', scripted: false, contextTokens: 128_000 })
    expect(model.pricePerMillion).toBeUndefined()
  })

  it('is unavailable when there is none at all', async () => {
    const models = resolver(null)
    await expect(models.resolve(organisation)).rejects.toMatchObject({ code: 'unavailable', dependency: 'model' })
    expect(await models.list(organisation)).toEqual([])
  })

  it('of the demo is called what it is', async () => {
    await configure('demo', { model: 'demo-scripted' })
    const described = { id: 'demo-scripted', label: SCRIPTED_MODEL_LABEL, scripted: true }
    expect(SCRIPTED_MODEL_LABEL).toBe('demo model: scripted, not a language model')
    expect(await resolver().resolve(organisation)).toMatchObject(described)
    expect(await resolver().list(organisation)).toEqual([{ ...described, contextTokens: 32_000, takesImages: false }])
  })

  it('has its key opened when it is chosen, not when it is read', async () => {
    await configure('mine', { apiKey: secrets.seal('sk-other', other.id) })
    const read = await resolver().read(organisation.id)
    expect(() => read.choose('theirs')).toThrow('There is no language model of this name.')
    expect(() => read.choose('mine')).toThrow()
  })

  it('is made once, and anew when its configuration changes', async () => {
    const models = resolver()
    await configure('m')
    const before = await models.resolve(organisation)
    expect(await models.resolve(organisation)).toBe(before)
    await configure('m', { contextTokens: 8_000 })
    expect(await models.resolve(organisation)).toMatchObject({ contextTokens: 8_000 })
  })

  it('of OpenAI itself speaks the Responses API, stores nothing and lends no key of the process', async () => {
    const upstream = await startUpstream(answerText('x'))
    const before = process.env.OPENAI_API_KEY
    process.env.OPENAI_API_KEY = 'sk-of-the-deployment'
    try {
      await configure('gpt-5.1', { provider: 'openai', baseUrl: upstream.url, apiKey: null })
      const model = await resolver().resolve(organisation)
      const signal = new AbortController().signal
      const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x' }] }]
      await expect(streamModel(model, { prompt, tools: [], signal }).next()).rejects.toMatchObject({
        name: 'ModelError',
      })
      expect(upstream.requests[0]).toMatchObject({ path: '/v1/responses', body: { store: false } })
      expect(upstream.requests[0]?.authorization ?? '').not.toContain('sk-')
    } finally {
      if (before === undefined) delete process.env.OPENAI_API_KEY
      else process.env.OPENAI_API_KEY = before
      await upstream.close()
    }
  })

  it('is not called where somebody typed an address that nobody allowed', async () => {
    const upstream = await startUpstream(answerText('x'))
    try {
      const ask = async () => {
        const model = await resolver().resolve(organisation)
        const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x' }] }]
        for await (const _ of streamModel(model, { prompt, tools: [], signal: new AbortController().signal }));
      }
      await configure('m', { baseUrl: upstream.url, provisioned: false })
      await expect(ask()).rejects.toMatchObject({
        code: 'model_bad_request',
        message: expect.stringContaining('LONGWATCH_ALLOWED_NETWORKS'),
      })
      expect(upstream.requests).toHaveLength(0)
      await configure('m', { baseUrl: upstream.url })
      await ask()
      expect(upstream.requests).toHaveLength(1)
      await configure('m', { baseUrl: 'http://169.254.169.254/v1' })
      await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('metadata service') })
    } finally {
      await upstream.close()
    }
  })

  it('leaves room for the question in a small window', async () => {
    await configure('m', { contextTokens: 4_000, maxOutputTokens: 100_000 })
    expect((await resolver().resolve(organisation)).maxOutputTokens).toBe(2_000)
  })
})
