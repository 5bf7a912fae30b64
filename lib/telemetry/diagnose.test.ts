import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'
import { EventReader } from '@/lib/http/testing/event-reader'
import { modelConfigs } from '@/lib/models/config'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { checkSealing } from '@/lib/telemetry/check-sealing'
import type { Diagnostics, ModelCheck } from '@/lib/telemetry/diagnose'

let world: AuthorisationWorld
beforeAll(async () => {
  world = await AuthorisationWorld.create()
  world.runs.tools.add('look', { annotations: { readOnlyHint: true } })
})
afterAll(() => world.close())

const diagnose = () => world.call<Diagnostics>('admin', 'GET', '/api/diagnostics?org=acme')
const checkModel = () => world.call<ModelCheck>('admin', 'POST', '/api/diagnostics/model?org=acme')

describe('diagnostics', () => {
  it('say how the store and each server are, and what time it is here', async () => {
    const before = Date.now()
    const found = await diagnose()
    expect(found.now).toBeGreaterThanOrEqual(before)
    expect(found.now).toBeLessThanOrEqual(Date.now())
    expect(found).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      store: { kind: 'sqlite', up: true },
      model: { label: 'test', scripted: true },
      servers: [{ name: 'shop', state: 'ok', tools: 1, lastError: null }],
      sealing: { secrets: 0, old: 0, unopenable: [] },
    })
  })

  it('call the model for real, and say in words what went wrong', async () => {
    world.runs.model.answer(() => [{ text: 'ready' }])
    const asked = world.runs.model.requests.length
    expect(await checkModel()).toMatchObject({ status: 'answered', label: 'test', text: 'ready' })
    expect(world.runs.model.requests).toHaveLength(asked + 1)
    world.runs.model.answer(() => [{ status: 401 }])
    const failed = await checkModel()
    expect(failed).toMatchObject({ status: 'failed', label: 'test', message: expect.stringMatching(/\.$/) })
  })

  it('count secrets under an older key, and name what today’s keys do not open', async () => {
    const { store } = world.services
    const key = (id: string) => ({ id, key: randomBytes(32) })
    const [old, fresh] = [key('old'), key('new')]
    const { id } = world.organisation
    const put = (model: string, apiKey: { sealed: string }) =>
      store.commit({
        partition: id,
        operationId: randomUUID(),
        operations: [
          modelConfigs.put(`mdl-${model}`, {
            id: `mdl-${model}`,
            name: null,
            provider: 'openai',
            baseUrl: null,
            apiKey,
            model,
            contextTokens: 8_000,
            maxOutputTokens: 1_000,
            takesImages: false,
            prices: null,
            enabled: true,
            provisioned: false,
            createdAt: 1,
            updatedAt: 1,
          }),
        ],
      })
    await put('gpt', createSecretBox([old]).seal('sk-1', id))
    await put('other', createSecretBox([fresh]).seal('sk-2', id))
    const rotated = createSecretBox([fresh, old])
    expect(await checkSealing(store, rotated, id)).toEqual({ secrets: 2, old: 1, unopenable: [] })
    expect(await checkSealing(store, createSecretBox([fresh]), id)).toEqual({
      secrets: 2,
      old: 1,
      unopenable: ['model gpt'],
    })
    const wrong = createSecretBox([{ ...old, key: randomBytes(32) }, fresh])
    expect((await checkSealing(store, wrong, id)).unopenable).toEqual(['model gpt'])
  })

  it('stream ten events one after the other', async () => {
    const arrivals: number[] = []
    const reader = await EventReader.open((signal) => world.open('viewer', '/api/diagnostics/stream', signal))
    for (let n = 1; n <= 10; n += 1) {
      await reader.until(({ data }) => data.n === n)
      arrivals.push(Date.now())
    }
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(600)
    await reader.ended
  })
})
