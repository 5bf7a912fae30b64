import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { applyProvisioning } from '@/lib/access/provisioning/apply'
import { provisioningFile } from '@/lib/access/provisioning/schema'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation } from '@/lib/access/types'
import { createToolHub } from '@/lib/mcp/hub'
import { type HttpServerOptions, json, startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'
import { createModelResolver } from '@/lib/models/resolve'
import { streamModel } from '@/lib/models/stream'
import { answerText } from '@/lib/models/testing'
import { createOutboundGuard } from '@/lib/network/guard'
import { createSecretBox } from '@/lib/secrets/secret-box'

const TOKEN = 'glsa_0123456789'
const PLUGIN = '/grafana/api/plugins/grafana-llm-app/resources'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Answers where Grafana's LLM app does, below a path of its own, and only to the service account. */
async function startGrafana(): Promise<TestHttpServer> {
  const script = new Script().add('search_dashboards', { annotations: { readOnlyHint: true } })
  const intercept: HttpServerOptions['intercept'] = ({ url, headers }, response) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) json(response, 401, { message: 'Unauthorized' })
    else if (url === `${PLUGIN}/llm/v1/chat/completions`) answerText('Hello')(response, null as never)
    else if (url !== `${PLUGIN}/mcp/grafana`) json(response, 404, { message: 'Not found' })
    else return false
    return true
  }
  const server = await startHttpServer({ serve: () => script.serve(), intercept })
  closing.push(() => server.close())
  return server
}

/** What a process with these variables makes of the first organisation. */
async function start(variables: Record<string, string>, second = false) {
  const world: World = await makeWorld(variables)
  closing.push(() => world.end())
  const ada = await world.user('ada@acme.test')
  const organisation: Organisation = await world.organisation('acme', { [ada]: 'admin' })
  const other = second ? await world.organisation('globex', { [ada]: 'admin' }) : null
  const { store, env } = world
  const secrets = createSecretBox(env.secretKeys)
  await applyProvisioning({ store, env, secrets }, provisioningFile.parse({}))
  const outbound = createOutboundGuard({ allowedNetworks: [] })
  const logger = pino({ level: 'silent' })
  const tools = createToolHub({ store, secrets, outbound, logger })
  closing.push(() => tools.close().then(() => outbound.close()))
  const models = createModelResolver({ store, secrets, outbound, model: env.model, logger })
  return { organisation, other, tools, models }
}

describe('GRAFANA_URL and GRAFANA_SERVICE_ACCOUNT_TOKEN', () => {
  it('make the LLM app the model of the first organisation and its MCP endpoint the tools, below Grafana’s own path', async () => {
    const grafana = await startGrafana()
    const { organisation, other, tools, models } = await start(
      { GRAFANA_URL: `http://127.0.0.1:${grafana.port}/grafana/`, GRAFANA_SERVICE_ACCOUNT_TOKEN: TOKEN },
      true,
    )
    const { tools: listed, failures } = await tools.catalogue(organisation, null)
    expect(failures).toEqual([])
    // Reviewed as they are: nobody has to look at them before they can be used.
    expect(listed).toMatchObject([{ name: 'grafana__search_dashboards', risk: 'read', blocked: null }])
    const model = await models.resolve(organisation)
    expect(model.id).toBe('base')
    let text = ''
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]
    for await (const part of streamModel(model, { prompt, tools: [], signal: new AbortController().signal }))
      if (part.type === 'text-delta') text += part.delta
    expect(text).toBe('Hello')
    expect((await tools.catalogue(other!, null)).tools).toEqual([])
    await expect(models.resolve(other!)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('leave the model to LLM_* where that names one', async () => {
    const grafana = await startGrafana()
    const { organisation, models } = await start({
      GRAFANA_URL: `http://127.0.0.1:${grafana.port}/grafana`,
      GRAFANA_SERVICE_ACCOUNT_TOKEN: TOKEN,
      LLM_BASE_URL: 'http://127.0.0.1:11434/v1',
      LLM_MODEL: 'qwen3',
    })
    expect((await models.resolve(organisation)).id).toBe('qwen3')
  })

  it('say in words that the token is missing or wrong', async () => {
    const grafana = await startGrafana()
    const wrong: Record<string, string>[] = [{}, { GRAFANA_SERVICE_ACCOUNT_TOKEN: 'glsa_wrong' }]
    for (const variables of wrong) {
      const { organisation, tools } = await start({
        GRAFANA_URL: `http://127.0.0.1:${grafana.port}/grafana`,
        ...variables,
      })
      expect((await tools.catalogue(organisation, null)).failures).toEqual([
        { server: 'grafana', message: 'The server grafana refused the credentials it was sent (HTTP 401).' },
      ])
    }
  })
})
