import { setImmediate as turn } from 'node:timers/promises'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AskedModel, askModel } from '@/lib/models/ask'
import {
  type Answer,
  answerStatus,
  answerText,
  chunk,
  compatibleModel,
  openStream,
  sse,
  startUpstream,
  type Upstream,
} from '@/lib/models/testing'

let upstream: Upstream
afterEach(() => upstream.close())

const QUESTION = {
  prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'why?' }] }],
  tools: [],
  timing: { attempts: 1 },
}

/** Asks, and waits until the request has arrived. */
async function ask(answer: Answer): Promise<AskedModel> {
  upstream = await startUpstream(answer)
  const asked = askModel(compatibleModel(upstream), QUESTION)
  await expect.poll(() => upstream.requests.length).toBe(1)
  return asked
}

/** Begins to speak, and is not done before its client is gone. */
const endless: Answer = (response) => openStream(response).write(sse(chunk({ content: 'Well' })))

async function textOf(parts: AsyncIterable<LanguageModelV4StreamPart>): Promise<string> {
  let text = ''
  for await (const part of parts) if (part.type === 'text-delta') text += part.delta
  return text
}

const never = () => new AbortController()

describe('a model that was asked before its answer was wanted', () => {
  it('gives the whole answer to who takes it later, with one request', async () => {
    const asked = await ask(answerText('slow', ' disk'))
    for (let count = 0; count < 20; count += 1) await turn()
    expect(await textOf(asked.parts(never().signal, never().signal))).toBe('slow disk')
    expect(upstream.requests).toHaveLength(1)
  })

  it('is given up when nobody will take what it says', async () => {
    const asked = await ask(endless)
    asked.abandon()
    await expect.poll(() => upstream.aborted).toBe(1)
    await expect(textOf(asked.parts(never().signal))).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('leaves no timer behind when it is given up with its first word in hand', async () => {
    const started = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const timing = { attempts: 1, firstDelta: 119_123 }
    upstream = await startUpstream(endless)
    const asked = askModel(compatibleModel(upstream), { ...QUESTION, timing })
    await expect.poll(() => upstream.requests.length).toBe(1)
    for (let count = 0; count < 20; count += 1) await turn()
    const own = started.mock.calls.findIndex(([, milliseconds]) => milliseconds === 119_123)
    const timer = started.mock.results[own]?.value
    asked.abandon()
    await expect.poll(() => cleared.mock.calls.some(([given]) => given === timer)).toBe(true)
    vi.restoreAllMocks()
  })

  it('is not given up any more once its answer was taken', async () => {
    let finish = () => {}
    const asked = await ask((response) => {
      openStream(response).write(sse(chunk({ content: 'slow' })))
      finish = () => response.end(sse(chunk({ content: ' disk' }), chunk({}, 'stop'), '[DONE]'))
    })
    const parts = asked.parts(never().signal)
    await parts.next()
    asked.abandon()
    finish()
    expect(await textOf(parts)).toContain('disk')
    expect(upstream.aborted).toBe(0)
  })

  it('ends by any of the taker’s signals, with its reason', async () => {
    const asked = await ask(endless)
    const [one, other] = [never(), never()]
    const text = textOf(asked.parts(one.signal, other.signal))
    other.abort(new Error('stopped'))
    await expect(text).rejects.toThrow('stopped')
    await expect.poll(() => upstream.aborted).toBe(1)
  })

  it('ends at once for a signal that had fired before it was taken', async () => {
    const asked = await ask(endless)
    const gone = never()
    gone.abort(new Error('gone'))
    await expect(textOf(asked.parts(never().signal, gone.signal))).rejects.toThrow('gone')
    await expect.poll(() => upstream.aborted).toBe(1)
  })

  it('ends when its taker takes no more', async () => {
    const asked = await ask(endless)
    for await (const part of asked.parts(never().signal)) if (part.type === 'text-delta') break
    await expect.poll(() => upstream.aborted).toBe(1)
  })

  it('tells its failure to who takes it, and to nobody else', async () => {
    const asked = await ask(answerStatus(401))
    // A rejection that nobody handles would fail this file.
    for (let count = 0; count < 20; count += 1) await turn()
    await expect(textOf(asked.parts(never().signal))).rejects.toMatchObject({ code: 'model_auth' })
  })
})
