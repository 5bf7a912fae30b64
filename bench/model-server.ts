// An OpenAI-compatible model that costs next to nothing, in a process of its own. Ends with its parent.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { markdownToken } from './browser/writing.ts'
import { newToken, numberedToken, type Order, orderIn } from './tokens.ts'

const TICK_MILLISECONDS = 4
/** An unpaced answer is written so many tokens at a time, and waits for the socket in between. */
const BURST = 16

interface Stream {
  order: Order
  response: ServerResponse
  began: number
  sent: number
}

const paced = new Set<Stream>()
/** Tokens that left since the process began. */
let left = 0
let gateOpen = false

const HEAD = 'data: {"id":"b","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,'
const frame = (content: string) => `${HEAD}"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`
const writtenFrame = (number: number) => frame(JSON.stringify(markdownToken(number)).slice(1, -1))
const FIRST = `${HEAD}"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n`

function finish({ response, sent }: Stream): void {
  const usage = `{"prompt_tokens":100,"completion_tokens":${sent},"total_tokens":${100 + sent}}`
  response.write(`${HEAD}"delta":{},"finish_reason":"stop"}]}\n\n`)
  response.end(
    `data: {"id":"b","object":"chat.completion.chunk","created":1,"model":"bench","choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`,
  )
}

function tick(): void {
  const now = performance.now()
  for (const stream of paced) {
    const { order } = stream
    const due = Math.min(
      order.tokens,
      (order.written ?? 0) + Math.floor(((now - stream.began) * order.rate) / 1000) + 1,
    )
    if (!(due > stream.sent)) continue
    let text = ''
    const token = frame(newToken())
    left += due - stream.sent
    for (; stream.sent < due; stream.sent += 1) {
      if (order.written !== undefined) text += writtenFrame(stream.sent)
      else text += order.numbered ? frame(numberedToken(stream.sent)) : token
    }
    stream.response.write(text)
    if (stream.sent === order.tokens) {
      paced.delete(stream)
      if (!order.hold) finish(stream)
    }
  }
}

async function unpaced(stream: Stream): Promise<void> {
  const { response, order } = stream
  let go = () => {}
  response.on('drain', () => go())
  response.on('close', () => go())
  while (stream.sent < order.tokens && !response.destroyed) {
    let text = ''
    for (let count = 0; count < BURST && stream.sent < order.tokens; count += 1, stream.sent += 1) {
      text += frame(newToken())
      left += 1
    }
    const room = response.write(text)
    await new Promise<void>((resolve) => {
      if (room) setImmediate(resolve)
      else {
        go = resolve
      }
    })
  }
  if (!order.hold) finish(stream)
  // It waits for the word to finish, as a paced one does.
  else if (!response.destroyed) paced.add(stream)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const part of request) text += part
  // A question without an order (a title, say) gets a short answer at once.
  const order = (!/title/i.test(text.slice(0, 2_000)) && orderIn(text)) || { tokens: 3, rate: 0 }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const stream: Stream = { order, response, began: performance.now(), sent: 0 }
  if (order.gated && !gateOpen) stream.began = Number.POSITIVE_INFINITY
  response.on('close', () => paced.delete(stream))
  response.write(FIRST)
  if (order.rate === 0) return unpaced(stream)
  paced.add(stream)
  tick()
}

const server = createServer({ keepAlive: true }, (request, response) => {
  response.socket?.setNoDelay(true)
  answer(request, response).catch(() => response.destroy())
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', 4_096, () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
setInterval(tick, TICK_MILLISECONDS)
function begin(): void {
  gateOpen = true
  for (const stream of paced) {
    // Each at its own moment: a thousand models do not speak in step.
    if (stream.began > performance.now()) stream.began = performance.now() + (Math.random() * 1000) / stream.order.rate
  }
}

/** All answers end now, as if they had been so long from the beginning. */
function finishAll(): void {
  gateOpen = false
  for (const stream of paced) {
    paced.delete(stream)
    finish(stream)
  }
}

process.on('message', (wish) => {
  if (wish === 'begin') begin()
  else finishAll()
  process.send?.({ left })
})
process.on('disconnect', () => process.exit(0))
