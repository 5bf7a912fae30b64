import { setTimeout as delay } from 'node:timers/promises'
import { type OpenStream, openStream, UnexpectedStatus } from '../http.ts'
import type { Subject } from '../subject.ts'
import { Answer } from './answer.ts'

/** What one watcher went through. */
export interface Watching {
  answer: Answer
  /** How many times it opened a stream. */
  opened: number
  /** How many times it was refused, or had no connection. */
  refused: number
}

interface Options {
  /** A stream that is open already, and its answer. */
  begun?: { answer: Answer; stream: OpenStream }
  /** After how many milliseconds the connection that is opened now breaks; null: it does not. */
  breaksAfter(): number | null
  /** When it gives up, by `performance.now()`. */
  deadline: number
}

const AGAIN_MILLISECONDS = 200

/**
 * Watches an answer to its end, however often the connection breaks: it goes on behind its last event where the subject
 * can do that, else it is given everything anew. When nothing can be resumed any more (204) it reads the stored answer,
 * as a page does that is loaded again.
 */
export async function watchThrough(subject: Subject, id: string, options: Options): Promise<Watching> {
  const answer = options.begun?.answer ?? new Answer()
  const watching: Watching = { answer, opened: 0, refused: 0 }
  let stream = options.begun?.stream ?? null
  while (!answer.complete && performance.now() < options.deadline) {
    if (stream) {
      await endOf(stream, Math.min(options.deadline - performance.now(), options.breaksAfter() ?? Number.MAX_VALUE))
      stream.close()
      stream = null
      continue
    }
    try {
      // What still comes of a stream that was cut belongs to nobody.
      let open = true
      const opened: OpenStream = await openStream(subject.endpoint, subject.streamPath(id, answer.after), (lines) => {
        if (open) answer.take(lines)
      })
      watching.opened += 1
      stream = {
        headers: opened.headers,
        ended: opened.ended,
        close() {
          open = false
          opened.close()
        },
      }
    } catch (error) {
      if (error instanceof UnexpectedStatus && error.status === 204) {
        if (await fromStore(subject, id, answer)) break
      } else {
        watching.refused += 1
      }
      await delay(AGAIN_MILLISECONDS)
    }
  }
  stream?.close()
  return watching
}

async function endOf(stream: OpenStream, milliseconds: number): Promise<void> {
  const given = new AbortController()
  const late = delay(Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)), null, { signal: given.signal }).catch(() => null)
  const end = await Promise.race([stream.ended, late])
  given.abort()
  // A stream that the server closed without an end: not at once again.
  if (end && !end.complete) await delay(AGAIN_MILLISECONDS)
}

async function fromStore(subject: Subject, id: string, answer: Answer): Promise<boolean> {
  const text = await subject.storedAnswer(id).catch(() => '')
  if (text === '') return false
  answer.text = text
  answer.complete = true
  return true
}
