import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

const toolFault = z.strictObject({
  /** A tool's name, or `*` for all. */
  tool: z.string(),
  delayMs: z.number().int().nonnegative().optional(),
  hang: z.boolean().optional(),
  fail: z.string().optional(),
  /** Answers a text of this many bytes instead of the tool's own. */
  bytes: z.number().int().positive().max(200_000_000).optional(),
  /** Cuts the connection before the tool has done its work, or after. */
  drop: z.enum(['before', 'after']).optional(),
  /** How many calls it strikes; all when absent. */
  times: z.number().int().positive().optional(),
})

export const faultSchema = z.union([
  toolFault,
  z.strictObject({ server: z.strictObject({ status: z.number().int().min(400).max(599) }) }),
  z.strictObject({ server: z.strictObject({ hang: z.literal(true) }) }),
  z.strictObject({ crash: z.literal(true) }),
])

export type Fault = z.infer<typeof faultSchema>
export type ToolFault = z.infer<typeof toolFault>
type ServerFault = { status: number } | { hang: true }

/** The troubles that a test has ordered; none unless the server was started with `--faults`. */
export class Faults {
  #tools: ToolFault[] = []
  server: ServerFault | null = null

  set(fault: Exclude<Fault, { crash: true }>): void {
    if ('server' in fault) this.server = fault.server
    else this.#tools = [...this.#tools.filter((other) => other.tool !== fault.tool), fault]
  }

  clear(): void {
    this.#tools = []
    this.server = null
  }

  list(): { tools: ToolFault[]; server: ServerFault | null } {
    return { tools: this.#tools, server: this.server }
  }

  /** The fault that strikes the next call of a tool; counts it. */
  take(tool: string): ToolFault | null {
    const fault = this.#tools.find((other) => other.tool === tool) ?? this.#tools.find((other) => other.tool === '*')
    if (!fault) return null
    if (fault.times !== undefined) {
      fault.times -= 1
      if (fault.times <= 0) this.#tools = this.#tools.filter((other) => other !== fault)
    }
    return fault
  }
}

/** Waits as a fault says; rejects when the call is cancelled meanwhile. */
export async function sufferDelay(fault: ToolFault, signal: AbortSignal): Promise<void> {
  if (fault.hang) {
    await new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
  if (fault.delayMs) await wait(fault.delayMs, undefined, { signal })
}

/** A text of about that many bytes that looks like a log. */
export function bulk(bytes: number): string {
  const line = '2026-01-01T00:00:00Z info inventory stock level read from cache\n'
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes)
}
