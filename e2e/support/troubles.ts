import type { BrowserContext, Page } from '@playwright/test'
import type { World } from './world.ts'

const ERROR_LEVEL = 50

/** Collects what goes wrong unseen: console errors and warnings, uncaught errors, error lines of the server's log. */
export class Troubles {
  readonly #world: World
  readonly #logStart: number
  readonly #inBrowsers: string[] = []
  readonly #provoked: RegExp[] = []

  constructor(world: World) {
    this.#world = world
    this.#logStart = world.log.length
  }

  /** This test provokes what matches, in a browser or in the log. */
  provoke(...patterns: RegExp[]): void {
    this.#provoked.push(...patterns)
  }

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#inBrowsers.push(`console ${message.type()}: ${message.text()} (${message.location().url})`)
    })
    context.on('weberror', (error) =>
      this.#inBrowsers.push(`uncaught: ${error.error().stack ?? error.error().message}`),
    )
    context.on('page', (page: Page) => page.on('crash', () => this.#inBrowsers.push(`crashed: ${page.url()}`)))
  }

  unexpected(): string[] {
    const inLog = this.#world.log.slice(this.#logStart).filter(isError)
    return [...this.#inBrowsers, ...inLog.map((line) => `log: ${line}`)].filter(
      (trouble) => !this.#provoked.some((pattern) => pattern.test(trouble)),
    )
  }
}

/** A line of error level; of lines that are no JSON (Next.js' own), those that speak of an error. */
function isError(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'level' in entry && Number(entry.level) >= ERROR_LEVEL
  } catch {
    return /⨯|error|unhandled|exception/i.test(line)
  }
}
