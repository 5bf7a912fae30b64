// Processes that a command starts, and ends again with itself.
import { spawn } from 'node:child_process'
import { environment, nodePath, ROOT, say } from './lib.mjs'

export class Children {
  #children = []
  #stopping = false

  /**
   * Starts a program. When it ends by itself it is started again (`restarts`), or everything ends, with its name said.
   * `quiet` hides what it prints unless it fails.
   */
  start(name, command, args, options = {}) {
    const { env = environment(), quiet = false, restarts = false } = options
    const output = quiet ? 'pipe' : 'inherit'
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', output, output] })
    const last = []
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece) => {
        last.push(String(piece))
        if (last.length > 50) last.shift()
      })
    }
    this.#children.push(child)
    const failed = (why) => {
      if (this.#stopping) return
      if (restarts) {
        say(`The ${name} ended (${why}) and is started again.`)
        setTimeout(() => this.#stopping || this.start(name, command, args, options), 1_000)
        return
      }
      if (last.length > 0) console.error(last.join(''))
      console.error(`\n[longwatch] The ${name} ended unexpectedly (${why}).`)
      this.stop(1)
    }
    child.on('error', (error) => failed(error.code ?? error.message))
    child.on('exit', (code, signal) => failed(`exit code ${code ?? signal}`))
    return child
  }

  /** As `start`, with the Node that the product runs on. */
  node(name, args, options) {
    return this.start(name, nodePath(), args, options)
  }

  /** Asks all of them to end, the last started first, waits, and exits. */
  async stop(code) {
    if (this.#stopping) return
    this.#stopping = true
    for (const child of this.#children.toReversed?.() ?? [...this.#children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    process.exit(code)
  }

  /** Ends with Ctrl+C and SIGTERM. */
  stopOnSignals() {
    process.on('SIGINT', () => void this.stop(0))
    process.on('SIGTERM', () => void this.stop(0))
  }
}
