import type { Endpoint, OpenStream } from './http.ts'
import type { BenchRedis } from './redis.ts'

/**
 * What is measured: Longwatch, or what a user might take instead, over the same model. Its streams carry the AI SDK's
 * chunks as server-sent events and end with `[DONE]`.
 */
export interface Subject {
  name: string
  endpoint: Endpoint
  /** Of the process whose CPU and memory count. */
  pid: number
  /** Where it keeps everything, unless that is a file. */
  redis: BenchRedis | null
  /**
   * Asks a question and watches the answer from its beginning, in one request. Resolves when the stream is open.
   */
  askAndWatch(question: string, take: (lines: string) => void): Promise<{ id: string; stream: OpenStream }>
  /** The same in two requests, where the subject can do that too. */
  askThenWatch?: Subject['askAndWatch']
  /** Resolves when others can watch the answer, too. */
  untilWatchable(id: string): Promise<void>
  /** Where an answer's stream is read from: behind event `after`, if the subject can do that, else from its beginning. */
  streamPath(id: string, after?: number): string
  /** The text of the answer as it was stored, which a page that is loaded anew shows. */
  storedAnswer(id: string): Promise<string>
  alive(): boolean
  /** Bytes in use, after a garbage collection. */
  memory(): Promise<{ resident: number; used: number }>
  stop(): Promise<void>
}

/** The bench model's address, and the process that answers there. */
export interface Model {
  endpoint: Endpoint
  pid: number
  /** Lets gated answers begin; resolves with the number of tokens that left since the model was started. */
  begin(): Promise<number>
  /** Ends all paced answers and all that are held open; closes the gate again; resolves with the same number. */
  finishAnswers(): Promise<number>
  stop(): Promise<void>
}
