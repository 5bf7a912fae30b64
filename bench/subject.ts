import type { Endpoint } from './http.ts'

/**
 * What is measured: Longwatch, or later something else over the same model. Its streams carry the AI SDK's chunks as
 * server-sent events and end with `[DONE]`.
 */
export interface Subject {
  name: string
  endpoint: Endpoint
  /** Of the process whose CPU and memory count. */
  pid: number
  /** Asks a question; resolves with the answer's id as soon as it can be watched. */
  ask(question: string): Promise<string>
  /** Where the answer's stream is read from behind event `after`. */
  streamPath(id: string, after?: number): string
  /** Stops the answer. */
  cancel(id: string): Promise<void>
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
  /** Ends all paced answers now, and closes the gate again; resolves with the same number. */
  finishAnswers(): Promise<number>
  stop(): Promise<void>
}
