import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { TITLE_PROMPT } from '@/lib/agent/prompts'
import { type Plan, planOfMessage, wordsOf } from './plan.ts'

/** `hang`: nothing comes until the fault is over. `error`: 500. `cut`: the connection breaks in the middle of a line. */
export type ModelFault = 'hang' | 'error' | 'cut'

interface Message {
  role: string
  content: unknown
  tool_calls?: { id: string }[]
  tool_call_id?: string
}

interface ModelRequest {
  messages: Message[]
}

interface Surroundings {
  fault(): ModelFault | null
  complain(text: string): void
}

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : Array.isArray(content)
      ? content.map((part) => (part as { text?: string }).text ?? '').join('')
      : ''

/** Answers one chat completion from nothing but its messages: the newest plan, and how many of its steps are done. */
export async function answerAsModel(request: ModelRequest, response: ServerResponse, around: Surroundings) {
  checkConversation(request.messages, around)
  const asked = request.messages.findLastIndex(
    (message) => message.role === 'user' && planOfMessage(textOf(message.content)) !== null,
  )
  const plan = planOfMessage(textOf(request.messages[asked]?.content))
  const stream = new Answer(response, around)
  // Not by the lack of tools: a run whose tools cannot be listed at the moment is asked for without any.
  const wantsTitle = textOf(request.messages[0]?.content) === TITLE_PROMPT
  if (!plan || wantsTitle) return stream.end([{ content: 'A title' }], 'stop')
  const step = request.messages
    .slice(asked + 1)
    .filter((message) => message.role === 'assistant' && message.tool_calls?.length).length
  await answerStep(stream, plan, step)
}

async function answerStep(stream: Answer, plan: Plan, step: number): Promise<void> {
  if (plan.reasons) await stream.send({ reasoning_content: `About ${plan.id}, step ${step}. ` })
  for (const word of wordsOf(plan, step)) {
    await stream.send({ content: word })
    await delay(plan.pace)
  }
  const calls = plan.steps[step]?.calls ?? []
  for (const [index, call] of calls.entries()) {
    const { tool, ...input } = call
    const text = JSON.stringify(input)
    const half = Math.floor(text.length / 2)
    const id = `call_${call.key}`
    await stream.send({
      tool_calls: [{ index, id, type: 'function', function: { name: `chaos__${tool}`, arguments: '' } }],
    })
    await stream.send({ tool_calls: [{ index, function: { arguments: text.slice(0, half) } }] })
    await stream.send({ tool_calls: [{ index, function: { arguments: text.slice(half) } }] })
  }
  await stream.end([], calls.length > 0 ? 'tool_calls' : 'stop')
}

/** What real providers answer with a 400: a call without a result, a result without a call, an empty assistant message. */
function checkConversation(messages: Message[], around: Surroundings): void {
  const results = new Set(messages.flatMap((message) => message.tool_call_id ?? []))
  const calls = new Set<string>()
  for (const message of messages) {
    for (const { id } of message.tool_calls ?? []) {
      if (calls.has(id)) around.complain(`call id ${id} twice in one conversation`)
      if (!results.has(id)) around.complain(`call ${id} without a result`)
      calls.add(id)
    }
    if (message.tool_call_id && !calls.has(message.tool_call_id)) {
      around.complain(`result of ${message.tool_call_id} before or without its call`)
    }
    if (message.role === 'assistant' && !message.tool_calls?.length && textOf(message.content).trim() === '') {
      around.complain('an empty assistant message')
    }
  }
}

class Answer {
  private readonly response: ServerResponse
  private readonly around: Surroundings

  constructor(response: ServerResponse, around: Surroundings) {
    this.response = response
    this.around = around
  }

  async send(delta: object): Promise<void> {
    await this.suffer()
    if (!this.response.destroyed) this.response.write(this.line({ choices: [{ index: 0, delta }] }))
  }

  async end(deltas: object[], reason: string): Promise<void> {
    for (const delta of deltas) await this.send(delta)
    await this.suffer()
    if (this.response.destroyed || this.response.writableEnded) return
    this.response.write(this.line({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }))
    this.response.write(
      this.line({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }),
    )
    this.response.end('data: [DONE]\n\n')
  }

  private line(body: object): string {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' })
    return `data: ${JSON.stringify({ id: 'answer', model: 'scripted', ...body })}\n\n`
  }

  /** Lets an ordered fault happen here. */
  private async suffer(): Promise<void> {
    while (this.around.fault() === 'hang' && !this.response.destroyed) await delay(50)
    const fault = this.around.fault()
    if (fault === 'error' && !this.response.headersSent && !this.response.destroyed) {
      this.response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"ordered"}}')
    }
    if (fault === 'cut' && !this.response.destroyed) {
      this.response.write('data: {"id":"answer","choi', () => this.response.destroy())
    }
    if (fault === 'error' || fault === 'cut') {
      // What follows for this answer goes nowhere.
      await delay(20)
      this.response.destroy()
    }
  }
}
