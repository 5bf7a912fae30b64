import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Reply } from './protocol.ts'

type Delta = Record<string, unknown>

/** Texts in pieces about as long as a language model's tokens. */
export const tokensOf = (text: string): string[] => text.match(/\s*\S{1,7}|\s+$/gu) ?? []

/** A reply cut off at so many tokens, as a model's is: its reasoning, then its text, then its calls. */
export function limitReply(reply: Reply, most: number | null): Reply {
  if (most === null) return reply
  const reasoning = tokensOf(reply.reasoning)
  const text = tokensOf(reply.text)
  if (reasoning.length + text.length + reply.calls.length * 12 <= most) return reply
  const room = Math.max(0, most - reasoning.length)
  return {
    reasoning: reasoning.slice(0, most).join(''),
    text: text.slice(0, room).join(''),
    calls: [],
    finishReason: 'length',
  }
}

/** The deltas of a reply, one a token: reasoning, text, then the calls, their arguments in fragments. */
export function deltasOf(reply: Reply, callId: (index: number) => string): Delta[] {
  const deltas: Delta[] = []
  for (const token of tokensOf(reply.reasoning)) deltas.push({ reasoning_content: token })
  for (const token of tokensOf(reply.text)) deltas.push({ content: token })
  reply.calls.forEach((call, index) => {
    const opening = { index, id: callId(index), type: 'function', function: { name: call.name, arguments: '' } }
    deltas.push({ tool_calls: [opening] })
    for (const fragment of call.arguments.match(/[\s\S]{1,9}/gu) ?? []) {
      deltas.push({ tool_calls: [{ index, function: { arguments: fragment } }] })
    }
  })
  return deltas
}

/** One streamed response: server-sent events in the form of chat completion chunks. */
export class ChunkWriter {
  readonly #response: ServerResponse
  readonly #base: Record<string, unknown>
  constructor(response: ServerResponse, id: string, model: string) {
    this.#response = response
    this.#base = { id, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    response.flushHeaders()
  }

  get gone(): boolean {
    return this.#response.destroyed || this.#response.closed
  }

  chunk(delta: Delta, finishReason: string | null = null): Promise<void> {
    return this.send({ ...this.#base, choices: [{ index: 0, delta, finish_reason: finishReason }] })
  }

  usage(usage: Record<string, unknown>): Promise<void> {
    return this.send({ ...this.#base, choices: [], usage })
  }

  send(data: unknown): Promise<void> {
    return this.raw(`data: ${JSON.stringify(data)}\n\n`)
  }

  /** Waits for a slow reader, so that a response never piles up in memory. */
  async raw(text: string): Promise<void> {
    if (this.gone || this.#response.write(text)) return
    const closed = new AbortController()
    const ends = { signal: closed.signal }
    await Promise.race([once(this.#response, 'drain', ends), once(this.#response, 'close', ends)]).catch(
      () => undefined,
    )
    closed.abort()
  }

  end(): void {
    this.#response.end('data: [DONE]\n\n')
  }
}

/** Writes deltas at a steady rate until all are written or the reader is gone. Gives how many were written. */
export async function writePaced(writer: ChunkWriter, deltas: Delta[], tokensPerSecond: number): Promise<number> {
  const startedAt = performance.now()
  let written = 0
  for (const delta of deltas) {
    const due = startedAt + (written / tokensPerSecond) * 1000
    const early = due - performance.now()
    if (early >= 1) await wait(early)
    if (writer.gone) return written
    await writer.chunk(written === 0 ? { role: 'assistant', ...delta } : delta)
    written += 1
  }
  return written
}
