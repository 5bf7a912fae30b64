import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, ROOT } from '../../scripts/lib.mjs'
import { Api } from './api.ts'
import { ServerProcess } from './process.ts'

const HOST = '127.0.0.1'

/** A call that the telemetry server really executed. */
export interface ToolCall {
  id: string
  tool: string
  arguments: Record<string, unknown>
  status: 'running' | 'ok' | 'error' | 'aborted' | 'dropped'
  tookEffect: boolean
}

/** A request that the model's endpoint got. */
export interface ModelRequest {
  kind: 'chat' | 'title'
  model: string
  question: string
  status: 'open' | 'completed' | 'aborted' | 'failed'
  step: number
  tokens: number
}

export interface WorldOptions {
  /** Without it the application starts with nothing configured, as for its first administrator. */
  provisioned: boolean
  /** Turns the demo's provisioning file into another one. */
  provisioning?: (demo: string) => string
  /** More of the environment, given the address at which the application will be. */
  settings?: (url: string) => Promise<Record<string, string>>
  /** Of a build under a base path, and where that build is. */
  basePath?: string
  buildDirectory?: string
}

/** The demo's set-up in test mode: telemetry and model that obey orders, and the built application with data of its own. */
export class World {
  readonly url: string
  readonly leaseSeconds = 3
  readonly #ports: { web: number; telemetry: number; model: number }
  readonly #data = mkdtempSync(join(tmpdir(), 'longwatch-e2e-'))
  readonly #options: WorldOptions
  /** The log of servers that have ended. */
  readonly #past: ServerProcess[] = []
  #web: ServerProcess | null = null
  #telemetry: ServerProcess | null = null
  #model: ServerProcess | null = null

  private constructor(options: WorldOptions, ports: { web: number; telemetry: number; model: number }) {
    this.#options = options
    this.#ports = ports
    this.url = `http://${HOST}:${ports.web}${options.basePath ?? ''}`
  }

  static async start(options: WorldOptions): Promise<World> {
    // Browsers and Next.js refuse some ports below 7000, such as 6000.
    const base = 7000 + Math.floor(Math.random() * 28) * 100
    const web = await freePort(base, HOST)
    const telemetry = await freePort(web + 1, HOST)
    const model = await freePort(telemetry + 1, HOST)
    const world = new World(options, { web, telemetry, model })
    try {
      if (options.provisioned) await Promise.all([world.#startTelemetry(), world.#startModel()])
      await world.startServer()
    } catch (error) {
      await world.stop()
      throw error
    }
    return world
  }

  /** An MCP server that an administrator may add. */
  get mcpUrl(): string {
    return `${this.#telemetryUrl}/mcp`
  }

  /** The lines of the application's log from all of its starts. */
  get log(): string[] {
    const servers = this.#web ? [...this.#past, this.#web] : this.#past
    return servers.flatMap((server) => [...server.lines, ...server.errorLines])
  }

  /** Starts the application with the data that stands, on the same port. */
  async startServer(): Promise<void> {
    const { web, telemetry, model } = this.#ports
    const settings: Record<string, string> = {
      NODE_ENV: 'production',
      HOST,
      PORT: String(web),
      DATA_DIR: this.#data,
      NEXTAUTH_URL: this.url,
      LONGWATCH_LOG_LEVEL: 'warn',
      LONGWATCH_ALLOWED_NETWORKS: '127.0.0.1/32',
      LONGWATCH_LEASE_SECONDS: String(this.leaseSeconds),
      LONGWATCH_BASE_PATH: this.#options.basePath ?? '',
      LONGWATCH_BUILD_DIRECTORY: this.#options.buildDirectory ?? '',
    }
    if (this.#options.provisioned) {
      settings.LONGWATCH_DEMO = '1'
      settings.LONGWATCH_PROVISIONING = this.#provisioningFile()
      settings.DEMO_TELEMETRY_URL = `http://${HOST}:${telemetry}/mcp`
      settings.DEMO_MODEL_URL = `http://${HOST}:${model}/v1`
    }
    Object.assign(settings, await this.#options.settings?.(this.url))
    // What the tester's shell has set for a model of their own is not meant for these tests.
    for (const name of FOREIGN) settings[name] = ''
    this.#web = new ServerProcess(['server.mjs'], settings)
    await this.#web.untilAnswers(`${this.url}/api/health`)
  }

  #provisioningFile(): string {
    const demo = join(ROOT, 'provisioning/demo.yaml')
    if (!this.#options.provisioning) return demo
    const own = join(this.#data, 'provisioning.yaml')
    writeFileSync(own, this.#options.provisioning(readFileSync(demo, 'utf8')))
    return own
  }

  /** Ends the application at once, in the middle of whatever it does. */
  async killServer(): Promise<void> {
    if (!this.#web) return
    await this.#web.kill()
    this.#past.push(this.#web)
    this.#web = null
  }

  get serverPid(): number | null {
    return this.#web?.pid ?? null
  }

  async #startTelemetry(): Promise<void> {
    const args = ['demo/telemetry/server.ts', '--port', String(this.#ports.telemetry), '--faults', '--pace', '1']
    this.#telemetry = new ServerProcess(args)
    await this.#telemetry.untilAnswers(`${this.#telemetryUrl}/ledger`)
  }

  /** Starts the telemetry server again; resolves when the application, which believes a failure for a while, has its tools. */
  async restoreTelemetry(): Promise<void> {
    await this.#startTelemetry()
    const api = new Api(this.url)
    for (const deadline = Date.now() + 30_000; ; await delay(200)) {
      const { body } = await api.get('/api/mcp/tools')
      if (Array.isArray(body.tools) && body.tools.length > 0) return
      if (Date.now() > deadline) throw new Error('The application did not find the tools again.')
    }
  }

  async killTelemetry(): Promise<void> {
    await this.#telemetry?.kill()
  }

  /** Orders trouble of the telemetry server; demo/README.md lists what there is. */
  async fault(order: Record<string, unknown>): Promise<void> {
    const response = await fetch(`${this.#telemetryUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    }).catch((error: unknown) => {
      if ('crash' in order) return null
      throw error
    })
    await response?.body?.cancel()
    if (response && !response.ok) throw new Error(`The fault was refused with ${response.status}.`)
    if ('crash' in order) await this.#telemetry?.ended
  }

  async endFaults(): Promise<void> {
    if (!this.#telemetry?.running) await this.restoreTelemetry()
    await fetch(`${this.#telemetryUrl}/faults`, { method: 'DELETE' })
  }

  /** The calls that the telemetry server executed, of one tool when it is named. */
  async toolCalls(tool?: string): Promise<ToolCall[]> {
    const { calls } = await json<{ calls: ToolCall[] }>(`${this.#telemetryUrl}/ledger`)
    return tool ? calls.filter((call) => call.tool === tool) : calls
  }

  /** The requests for answers (not for titles) whose question holds the text. */
  async modelRequests(question: string): Promise<ModelRequest[]> {
    const { requests } = await json<{ requests: ModelRequest[] }>(`http://${HOST}:${this.#ports.model}/ledger`)
    return requests.filter((request) => request.kind === 'chat' && request.question.includes(question))
  }

  /** Has a question answered by directives that its text does not show. */
  async order(question: string, directives: string): Promise<void> {
    const response = await fetch(`http://${HOST}:${this.#ports.model}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question, directives }),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`The order was refused with ${response.status}.`)
  }

  /** Ends everything and removes the data. */
  async stop(): Promise<void> {
    await Promise.all([this.#web?.stop(), this.#telemetry?.stop(), this.#model?.stop()])
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 3 })
  }

  /** The scripted model's endpoint. */
  get modelUrl(): string {
    return `http://${HOST}:${this.#ports.model}/v1`
  }

  get #telemetryUrl(): string {
    return `http://${HOST}:${this.#ports.telemetry}`
  }

  async #startModel(): Promise<void> {
    const { model } = this.#ports
    const args = ['demo/model/server.ts', '--port', String(model), '--scripts', '--tokens-per-second', '400']
    this.#model = new ServerProcess(args)
    await this.#model.untilAnswers(`http://${HOST}:${model}/ledger`)
  }
}

const FOREIGN = ['LLM_BASE_URL', 'LLM_API_KEY', 'LLM_MODEL', 'OPENAI_API_KEY', 'REDIS_URL', 'UPSTASH_REDIS_REST_URL']

async function json<Body>(url: string): Promise<Body> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return (await response.json()) as Body
}
