import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ended, freePort, hasEnded, kill, start } from './processes.ts'

const READY_WITHIN = 120_000
/** From SIGTERM to the exit at most 20 s are promised; the machine that runs this may be slow. */
const EXIT_WITHIN = 25_000
const MEASURED_WITHIN = 30_000

export interface InstanceMeasures {
  residentBytes: number
  eventStreams: number
}

/** Reads the metrics; throws when one of them is missing or no number, which must not pass for nothing. */
function measuresIn(text: string): InstanceMeasures {
  const value = (name: string) => {
    const number = Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    if (!Number.isFinite(number)) throw new Error(`its metrics do not say ${name}`)
    return number
  }
  return {
    residentBytes: value('process_resident_memory_bytes'),
    eventStreams: value(EVENT_STREAMS),
  }
}

const EVENT_STREAMS = 'longwatch_event_streams'

/** What answers its requests: `server.mjs`, as `npm start` has it, or Next.js alone, as on a platform. */
export type InstanceServer = 'own' | 'next'

const NEXT_START = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1']

/** One process of the built application. */
export class Instance {
  readonly name: string
  readonly port: number
  starts = 0
  /** What it should be doing now. */
  state: 'up' | 'frozen' | 'stopping' | 'down' = 'down'
  /** It ended, and nobody asked it to. */
  onUnexpectedEnd: (what: string) => void = () => {}
  private child: ChildProcess | null = null
  private readonly environment: NodeJS.ProcessEnv
  private readonly log: string
  private readonly server: InstanceServer

  private constructor(
    name: string,
    port: number,
    environment: NodeJS.ProcessEnv,
    folder: string,
    server: InstanceServer,
  ) {
    this.name = name
    this.port = port
    this.environment = { ...environment, PORT: `${port}`, NEXT_MANUAL_SIG_HANDLE: 'true' }
    this.server = server
    this.log = join(folder, `${name}.log`)
  }

  static async create(name: string, environment: NodeJS.ProcessEnv, folder: string, server: InstanceServer = 'own') {
    return new Instance(name, await freePort(), environment, folder, server)
  }

  get pid(): number {
    return this.child?.pid ?? 0
  }

  /** Starts the process and waits until it is ready; one that cannot start (its file is locked) is started again. */
  async start(): Promise<void> {
    const end = Date.now() + READY_WITHIN
    while (Date.now() < end) {
      const args = this.server === 'own' ? ['server.mjs'] : [...NEXT_START, '-p', `${this.port}`]
      const child = start(process.execPath, args, { env: this.environment, log: this.log })
      this.child = child
      this.starts += 1
      child.once('exit', (code, signal) => {
        if (this.child === child && this.state === 'up') {
          this.state = 'down'
          this.onUnexpectedEnd(`${this.name} ended unexpectedly (${code ?? signal})`)
        }
      })
      while (!hasEnded(child) && Date.now() < end) {
        if (await this.isReady()) {
          this.state = 'up'
          return
        }
        await delay(100)
      }
      if (!hasEnded(child)) await kill(child)
    }
    throw new Error(`${this.name} was not ready within ${READY_WITHIN / 1000} s; see ${this.log}`)
  }

  async killAndRestart(pause: number): Promise<void> {
    this.state = 'down'
    if (this.child) await kill(this.child)
    await delay(pause)
    await this.start()
  }

  async freeze(milliseconds: number): Promise<void> {
    this.state = 'frozen'
    this.child?.kill('SIGSTOP')
    await delay(milliseconds)
    this.child?.kill('SIGCONT')
    this.state = 'up'
  }

  /** Asks it to end and starts it anew; answers what was wrong with its end, or null. */
  async handOverAndRestart(): Promise<string | null> {
    const wrong = await this.stop()
    await this.start()
    return wrong
  }

  async stop(): Promise<string | null> {
    const { child } = this
    this.state = 'stopping'
    if (!child || hasEnded(child)) return null
    const asked = Date.now()
    child.kill('SIGTERM')
    const gone = await ended(child, EXIT_WITHIN)
    if (!gone) await kill(child)
    const { exitCode, signalCode } = child
    this.state = 'down'
    if (!gone) return `${this.name} did not end within ${EXIT_WITHIN / 1000} s of SIGTERM`
    if (exitCode !== 0) {
      return `${this.name} ended with ${exitCode ?? signalCode} ${Date.now() - asked} ms after SIGTERM instead of 0`
    }
    return null
  }

  /** Asks until it is answered with every number; throws when that does not come in time. */
  async measure(tokens: { metrics: string; client: string }, patience = MEASURED_WITHIN): Promise<InstanceMeasures> {
    const end = Date.now() + patience
    for (;;) {
      try {
        const text = await this.read('/api/metrics', tokens.metrics)
        // Counted from the first stream of a process on.
        if (!text.includes(`\n${EVENT_STREAMS} `)) await this.openStream(tokens.client)
        return measuresIn(text)
      } catch (error) {
        if (Date.now() > end) throw new Error(`${this.name} cannot be measured: ${(error as Error).message}`)
      }
      await delay(100)
    }
  }

  private async read(path: string, token: string): Promise<string> {
    return (await this.get(path, token)).text()
  }

  /** Opens an event stream and leaves it at once. */
  private async openStream(token: string): Promise<void> {
    const response = await this.get('/api/events?watch=session:none', token)
    await response.body?.cancel()
  }

  private async get(path: string, token: string): Promise<Response> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(20_000),
    })
    if (!response.ok) throw new Error(`${path} is answered ${response.status}`)
    return response
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/api/ready`, { signal: AbortSignal.timeout(5_000) })
      await response.body?.cancel()
      return response.ok
    } catch {
      return false
    }
  }
}
