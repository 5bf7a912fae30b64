import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { modelConfigs } from '@/lib/models/config'
import { changeModelConfig, createModelConfig, removeModelConfig } from '@/lib/models/configs/change'
import { listModelConfigs } from '@/lib/models/configs/list'
import { testModel } from '@/lib/models/configs/test-model'
import { createModelResolver } from '@/lib/models/resolve'
import { answerStatus, answerText, openStream, sse, startUpstream, type Upstream } from '@/lib/models/testing'
import { createOutboundGuard } from '@/lib/network/guard'
import { createSecretBox } from '@/lib/secrets/secret-box'

let world: World
let organisation: Organisation
let admin: Ctx
let editor: Ctx
const upstreams: Upstream[] = []
const guard = createOutboundGuard({ allowedNetworks: ['127.0.0.0/8'] })
const strict = createOutboundGuard({ allowedNetworks: [] })
const secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])

beforeAll(async () => {
  world = await makeWorld()
})
afterAll(async () => {
  await Promise.all([guard.close(), strict.close()])
  await world.end()
})

let round = 0
beforeEach(async () => {
  round += 1
  const [ada, eddie] = [await world.user(`ada${round}@acme.test`), await world.user(`eddie${round}@acme.test`)]
  organisation = await world.organisation(`models-${round}`, { [ada]: 'admin', [eddie]: 'editor' })
  const { store } = world
  const logger = pino({ level: 'silent' })
  const models = createModelResolver({ store, secrets, outbound: guard, model: null, logger })
  const as = (id: string): Ctx => ({
    services: { ...world.services, secrets, outbound: guard, models },
    principal: { kind: 'user', id },
    requestId: 'test',
    origin: { address: '192.0.2.1', requestId: 'test' },
  })
  admin = as(ada)
  editor = as(eddie)
})
afterEach(async () => {
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()))
})

async function upstream(...answers: Parameters<typeof startUpstream>): Promise<Upstream> {
  const started = await startUpstream(...answers)
  upstreams.push(started)
  return started
}

const compatible = (baseUrl: string, more: object = {}) => ({
  provider: 'openai-compatible' as const,
  model: 'm',
  baseUrl,
  apiKey: 'sk-very-secret',
  ...more,
})
const names = async () => (await admin.services.models.list(organisation)).map(({ id }) => id)

describe('the models of an organisation', () => {
  it('are several, with a default that an administrator chooses, and can be switched off', async () => {
    const first = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1', { model: 'one' }))
    const second = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1', { model: 'two', name: 'Two' }))
    expect([first.isDefault, second.isDefault]).toEqual([true, false])
    expect(await names()).toEqual(['one', 'two'])
    await changeModelConfig(admin, { modelId: second.id, isDefault: true })
    expect(await names()).toEqual(['two', 'one'])
    expect((await admin.services.models.resolve(organisation)).label).toBe('Two')
    await changeModelConfig(admin, { modelId: second.id, enabled: false })
    expect(await names()).toEqual(['one'])
    await expect(admin.services.models.resolve(organisation, 'two')).rejects.toMatchObject({ field: 'model' })
    await expect(changeModelConfig(admin, { modelId: second.id, isDefault: true })).rejects.toMatchObject({
      field: 'isDefault',
    })
    await removeModelConfig(admin, { modelId: second.id })
    expect((await listModelConfigs(admin, {})).models.map(({ id }) => id)).toEqual([first.id])
  })

  it('keep their keys to themselves, in answers and in the audit log', async () => {
    const made = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1'))
    const kept = await changeModelConfig(admin, { modelId: made.id, contextTokens: 50_000 })
    const removed = await changeModelConfig(admin, { modelId: made.id, apiKey: null })
    expect([made.hasKey, kept.hasKey, removed.hasKey]).toEqual([true, true, false])
    const { records } = await listAudit(admin, { organisationId: organisation.id, limit: 10 })
    expect(records.map(({ action }) => action)).toEqual(['model.change', 'model.change', 'model.create'])
    expect(records[0]).toMatchObject({ before: { apiKey: '[secret]' }, after: { apiKey: null, keyReplaced: true } })
    expect(JSON.stringify([made, kept, records])).not.toContain('sk-very-secret')
  })

  it('do not send a stored key to another server', async () => {
    const made = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1'))
    const moved = { modelId: made.id, baseUrl: 'http://127.0.0.1:10/v1' }
    await expect(changeModelConfig(admin, moved)).rejects.toMatchObject({ field: 'apiKey' })
    await expect(testModel(admin, { modelId: made.id, settings: { baseUrl: moved.baseUrl } })).rejects.toMatchObject({
      field: 'apiKey',
    })
    expect((await changeModelConfig(admin, { ...moved, apiKey: 'sk-new' })).baseUrl).toBe('http://127.0.0.1:10/v1')
  })

  it('name the field that cannot be used', async () => {
    const create = (more: object) => createModelConfig(admin, compatible('http://127.0.0.1:9/v1', more))
    await expect(create({ baseUrl: null })).rejects.toMatchObject({ code: 'bad_request', field: 'baseUrl' })
    await expect(create({ baseUrl: 'ftp://x' })).rejects.toMatchObject({ field: 'baseUrl' })
    await expect(create({ contextTokens: 1_000, maxOutputTokens: 900 })).rejects.toMatchObject({
      field: 'maxOutputTokens',
    })
    await create({})
    await expect(create({})).rejects.toMatchObject({ code: 'conflict', field: 'model' })
    await expect(create({ model: 'other', name: 'm' })).rejects.toMatchObject({ code: 'conflict', field: 'name' })
    const guarded: Ctx = { ...admin, services: { ...admin.services, outbound: strict } }
    await expect(createModelConfig(guarded, compatible('http://169.254.169.254/v1'))).rejects.toMatchObject({
      field: 'baseUrl',
    })
  })

  it('are for administrators, and not there for strangers', async () => {
    const made = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1'))
    await expect(listModelConfigs(editor, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(changeModelConfig(editor, { modelId: made.id, model: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const stranger: Ctx = { ...admin, principal: { kind: 'user', id: await world.user(`s${round}@other.test`) } }
    await expect(removeModelConfig(stranger, { modelId: made.id })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that provisioning manages are locked, but can be the default', async () => {
    const one = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1', { model: 'one' }))
    const two = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1', { model: 'two' }))
    const stored = await modelConfigs.get(world.store, organisation.id, two.id)
    await world.store.commit({
      partition: organisation.id,
      operationId: `lock-${round}`,
      operations: [modelConfigs.put(two.id, { ...(stored?.body ?? expect.fail()), provisioned: true })],
    })
    await expect(changeModelConfig(admin, { modelId: two.id, contextTokens: 9_000 })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(removeModelConfig(admin, { modelId: two.id })).rejects.toMatchObject({ code: 'conflict' })
    expect((await changeModelConfig(admin, { modelId: two.id, isDefault: true })).isDefault).toBe(true)
    expect((await listModelConfigs(admin, {})).models.find(({ id }) => id === one.id)?.isDefault).toBe(false)
  })

  it('are not overwritten by somebody who saw an older version', async () => {
    const made = await createModelConfig(admin, compatible('http://127.0.0.1:9/v1'))
    const changes = [10_000, 20_000].map((contextTokens) =>
      changeModelConfig(admin, { modelId: made.id, contextTokens, version: made.version, maxOutputTokens: 1_000 }),
    )
    const outcomes = await Promise.allSettled(changes)
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('of two with the same name on different servers are told apart by their ids', async () => {
    await createModelConfig(admin, compatible('http://127.0.0.1:9/v1', { name: 'here' }))
    const there = await createModelConfig(admin, compatible('http://127.0.0.1:10/v1', { name: 'there' }))
    expect(await names()).toEqual(['m', there.id])
    expect((await admin.services.models.resolve(organisation, there.id)).label).toBe('there')
  })
})

describe('the test of a model', () => {
  it('shows what really came back from a compatible endpoint, before anything is saved', async () => {
    const server = await upstream(answerText('rea', 'dy'))
    const result = await testModel(admin, { settings: compatible(server.url) })
    expect(result).toMatchObject({
      outcome: 'answered',
      health: null,
      text: 'ready',
      model: 'm',
      finishReason: 'stop',
      usage: { inputTokens: 7, outputTokens: 2 },
    })
    expect(server.requests[0]).toMatchObject({ authorization: 'Bearer sk-very-secret', body: { model: 'm' } })
    expect((await listModelConfigs(admin, {})).models).toEqual([])
  })

  it('uses the stored key where none was typed', async () => {
    const server = await upstream(answerText('ready'))
    const made = await createModelConfig(admin, compatible(server.url))
    await testModel(admin, { modelId: made.id })
    await testModel(admin, { modelId: made.id, settings: { model: 'another' } })
    expect(server.requests.map(({ authorization, body }) => [authorization, body.model])).toEqual([
      ['Bearer sk-very-secret', 'm'],
      ['Bearer sk-very-secret', 'another'],
    ])
  })

  it('speaks OpenAI’s Responses API to OpenAI', async () => {
    const item = { type: 'message', id: 'i', role: 'assistant', status: 'in_progress', content: [] }
    const server = await upstream((response) =>
      openStream(response).end(
        sse(
          { type: 'response.created', response: { id: 'r', created_at: 1, model: 'gpt-5.1-2026' } },
          { type: 'response.output_item.added', output_index: 0, item },
          { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'ready' },
          { type: 'response.output_item.done', output_index: 0, item: { ...item, status: 'completed' } },
          {
            type: 'response.completed',
            response: { id: 'r', usage: { input_tokens: 9, output_tokens: 3 } },
          },
        ),
      ),
    )
    const settings = { provider: 'openai' as const, baseUrl: server.url, apiKey: 'sk-openai', model: 'gpt-5.1' }
    expect(await testModel(admin, { settings })).toMatchObject({
      outcome: 'answered',
      text: 'ready',
      model: 'gpt-5.1-2026',
      usage: { inputTokens: 9, outputTokens: 3 },
    })
    expect(server.requests[0]).toMatchObject({ path: '/v1/responses', authorization: 'Bearer sk-openai' })
  })

  it('says in words what went wrong, with the status and never with the upstream’s text', async () => {
    const server = await upstream(answerStatus(401, {}, '{"error":{"message":"key sk-very-secret is wrong"}}'))
    const result = await testModel(admin, { settings: compatible(server.url) })
    expect(result).toMatchObject({ outcome: 'failed', code: 'model_auth', httpStatus: 401 })
    expect(JSON.stringify(result)).not.toContain('sk-very-secret')
    expect(await testModel(admin, { settings: compatible('http://127.0.0.1:9/v1') })).toMatchObject({
      outcome: 'failed',
      code: 'model_unreachable',
      httpStatus: null,
    })
  })

  it('asks Grafana’s LLM app for its health, and its model under the app’s own address', async () => {
    const seen: string[] = []
    const grafana: Server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`)
      if (request.url?.endsWith('/health')) {
        const llmProvider = { configured: true, ok: true, models: { base: { ok: true }, large: { ok: false } } }
        response.writeHead(200, { 'content-type': 'application/json' })
        return void response.end(JSON.stringify({ status: 'OK', details: { llmProvider } }))
      }
      request.resume()
      answerText('ready')(response, request)
    })
    await new Promise<void>((resolve) => grafana.listen(0, '127.0.0.1', resolve))
    const baseUrl = `http://127.0.0.1:${(grafana.address() as AddressInfo).port}/grafana/`
    try {
      const settings = { provider: 'grafana-llm' as const, baseUrl, apiKey: 'glsa_token', model: 'base' }
      expect(await testModel(admin, { settings })).toMatchObject({
        outcome: 'answered',
        health: {
          configured: true,
          ok: true,
          models: [
            { name: 'base', ok: true },
            { name: 'large', ok: false },
          ],
        },
      })
      const app = '/grafana/api/plugins/grafana-llm-app'
      expect(seen).toEqual([
        `${app}/health Bearer glsa_token`,
        `${app}/resources/llm/v1/chat/completions Bearer glsa_token`,
      ])
    } finally {
      grafana.closeAllConnections()
      grafana.close()
    }
  })
})
