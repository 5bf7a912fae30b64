import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { classifyModelError } from '@/lib/models/classify'
import { ModelError } from '@/lib/models/errors'
import type { ModelCall, ModelTiming } from '@/lib/models/stream'
import type { ResolvedModel } from '@/lib/models/types'
import { Watchdog } from '@/lib/models/watchdog'

type StreamPart = LanguageModelV4StreamPart

/**
 * One request. Parts that show nothing are held back until one that does, so that a failed attempt leaves no trace.
 * Throws `ModelError`, or the signal's reason.
 */
export async function* streamAttempt(
  model: ResolvedModel,
  call: ModelCall,
  timing: ModelTiming,
): AsyncGenerator<StreamPart, void, void> {
  const upstream = new AbortController()
  const silence = () => new ModelError('model_timeout', 'The language model did not answer in time.')
  const watchdog = new Watchdog(timing.firstDelta, () => stop(silence()))
  let reader: ReadableStreamDefaultReader<StreamPart> | undefined
  let stopped: { reason: unknown } | undefined
  let rejectOpening: (reason: unknown) => void = () => {}
  // Besides aborting the request this ends a pending read itself: not every provider passes the signal on.
  const stop = (reason: unknown) => {
    stopped ??= { reason }
    rejectOpening(reason)
    upstream.abort(reason)
    reader?.cancel(reason).catch(() => {})
  }
  const onAbort = () => stop(call.signal.reason)
  call.signal.addEventListener('abort', onAbort, { once: true })
  let finished = false

  try {
    call.signal.throwIfAborted()
    watchdog.start()
    const opening = new Promise<never>((_, reject) => {
      rejectOpening = reject
    })
    const request = Promise.resolve(model.languageModel.doStream(optionsOf(model, call, upstream.signal)))
    request.then(({ stream }) => stopped && stream.cancel(stopped.reason).catch(() => {})).catch(() => {})
    const { stream } = await Promise.race([request, opening])
    reader = stream.getReader()

    let held: StreamPart[] | undefined = []
    while (true) {
      watchdog.start()
      const { done, value: part } = await reader.read()
      watchdog.pause()
      if (stopped) throw stopped.reason
      if (done) throw endedEarly(held === undefined)
      if (part.type === 'error') throw fromErrorPart(part.error, held === undefined)
      if (part.type === 'ping' || part.type === 'raw') continue
      if (part.type === 'finish') checkFinish(part.finishReason.unified)
      if (held && (part.type === 'stream-start' || part.type === 'response-metadata')) {
        held.push(part)
        continue
      }
      if (held) {
        const before = held
        held = undefined
        yield* before
        if (stopped) throw (stopped as { reason: unknown }).reason
      }
      if (isDelta(part)) watchdog.setLimit(timing.betweenParts)
      if (part.type === 'finish') finished = true
      yield part
      if (finished) return
    }
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason
    throw classifyModelError(stopped ? stopped.reason : error)
  } finally {
    watchdog.stop()
    call.signal.removeEventListener('abort', onAbort)
    if (!finished) stop(new DOMException('The call was given up.', 'AbortError'))
  }
}

function optionsOf(model: ResolvedModel, call: ModelCall, abortSignal: AbortSignal): LanguageModelV4CallOptions {
  const tools = call.tools.length > 0 ? call.tools : undefined
  return {
    prompt: call.prompt,
    tools,
    toolChoice: tools && (call.toolChoice ?? { type: 'auto' }),
    maxOutputTokens: call.maxOutputTokens ?? model.maxOutputTokens,
    providerOptions: model.providerOptions,
    abortSignal,
  }
}

const isDelta = (part: StreamPart) =>
  part.type === 'text-delta' || part.type === 'reasoning-delta' || part.type === 'tool-input-delta'

function checkFinish(reason: string): void {
  if (reason === 'interrupted' || reason === 'error') throw endedEarly(true)
}

/** An answer without an end: broken off if anything of it was seen, else no answer at all. */
function endedEarly(seen: boolean): ModelError {
  return seen
    ? new ModelError('model_interrupted', 'The language model broke off in the middle of its answer.')
    : new ModelError('model_protocol', 'The language model answered with something that is not a valid response.')
}

function fromErrorPart(error: unknown, seen: boolean): ModelError {
  const classified = classifyModelError(error)
  return classified.code === 'model_interrupted' && !classified.retryable ? endedEarly(seen) : classified
}
