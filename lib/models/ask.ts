import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { type ModelCall, streamModel } from '@/lib/models/stream'
import type { ResolvedModel } from '@/lib/models/types'

/** A call whose request is on its way, for whoever will take what the model says. */
export interface AskedModel {
  /** The call's parts, for one taker; each of `signals` ends it from now on. Throws as `streamModel` does. */
  parts(...signals: AbortSignal[]): AsyncIterableIterator<LanguageModelV4StreamPart, void, void>
  /** Nobody will take them: the request is aborted. Without effect once they were taken. */
  abandon(): void
}

/** As `streamModel`, with the request sent now, before it is known whether its answer will be wanted. */
export function askModel(model: ResolvedModel, call: Omit<ModelCall, 'signal'>): AskedModel {
  const ending = new AbortController()
  const stream = streamModel(model, { ...call, signal: ending.signal })
  const first = stream.next()
  // It is told to who takes the parts.
  first.catch(() => undefined)
  let taken = false
  return {
    parts(...signals) {
      taken = true
      const end = () => ending.abort(signals.find(({ aborted }) => aborted)?.reason)
      const leave = () => {
        for (const signal of signals) signal.removeEventListener('abort', end)
      }
      for (const signal of signals) signal.addEventListener('abort', end, { once: true })
      if (signals.some(({ aborted }) => aborted)) end()
      let begun = false
      return {
        async next() {
          const next = begun ? stream.next() : first
          begun = true
          let isOver = true
          try {
            const result = await next
            isOver = result.done === true
            if (isOver) ending.signal.throwIfAborted()
            return result
          } finally {
            if (isOver) leave()
          }
        },
        async return() {
          leave()
          return stream.return()
        },
        [Symbol.asyncIterator]() {
          return this
        },
      }
    },
    abandon() {
      if (taken) return
      ending.abort(new DOMException('Nobody wants the answer any more.', 'AbortError'))
      // It rests behind its first part, with a timer that only it clears.
      stream.return().catch(() => undefined)
    },
  }
}
