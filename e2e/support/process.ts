import { type ChildProcess, spawn } from 'node:child_process'
import { environment, nodePath, ROOT } from '../../scripts/lib.mjs'

/** Our own children that live, so that none outlives this process, however it ends. */
const living = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

/** One of the product's processes, started with the product's Node, its output kept line by line. */
export class ServerProcess {
  readonly lines: string[] = []
  readonly errorLines: string[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  constructor(args: string[], settings: Record<string, string> = {}) {
    const child = spawn(nodePath() ?? process.execPath, args, {
      cwd: ROOT,
      env: environment(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    living.add(child)
    this.#ended = new Promise((resolve) => {
      child.on('exit', () => {
        living.delete(child)
        resolve()
      })
    })
    collectLines(child.stdout, this.lines)
    collectLines(child.stderr, this.errorLines)
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The process was not started.')
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when the process has ended by itself. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Resolves once a GET of the address succeeds; rejects when the process ends first, or in a minute. */
  async untilAnswers(url: string): Promise<void> {
    const deadline = Date.now() + 60_000
    for (;;) {
      if (!this.running) throw new Error(`A process ended before it answered:\n${this.#tail()}`)
      const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        async (response) => {
          await response.body?.cancel()
          return response.ok
        },
        () => false,
      )
      if (ok) return
      if (Date.now() > deadline) throw new Error(`${url} did not answer within a minute:\n${this.#tail()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Ends the process at once, as a crash or the system's memory guard would. */
  async kill(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Asks the process to leave and waits; ends it after ten seconds. */
  async stop(): Promise<void> {
    if (!this.running) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(timer)
  }

  #tail(): string {
    return [...this.lines, ...this.errorLines].slice(-20).join('\n')
  }
}

function collectLines(stream: NodeJS.ReadableStream | null, lines: string[]): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (part: string) => {
    const pieces = (rest + part).split('\n')
    rest = pieces.pop() ?? ''
    lines.push(...pieces.filter((line) => line.trim() !== ''))
  })
}
