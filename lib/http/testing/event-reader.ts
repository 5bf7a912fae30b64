import { EventSourceParserStream } from 'eventsource-parser/stream'

export interface ReceivedEvent {
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the server sends
  data: any
}

/** Reads a stream of server-sent events and keeps them, so that a test can wait for one. */
export class EventReader {
  readonly events: ReceivedEvent[] = []
  /** Resolves when the server closed the stream, or the reader did. */
  readonly ended: Promise<void>
  private readonly abort: AbortController
  private readonly waiting = new Set<() => void>()
  private over = false

  private constructor(response: Response, abort: AbortController) {
    this.abort = abort
    this.ended = this.read(response)
  }

  static async open(connect: (signal: AbortSignal) => Promise<Response>): Promise<EventReader> {
    const abort = new AbortController()
    return new EventReader(await connect(abort.signal), abort)
  }

  /** The first event that fits, received already or still to come; throws when the stream ends without it. */
  async until(fits: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent> {
    for (;;) {
      const found = this.events.find(fits)
      if (found) return found
      if (this.over) throw new Error(`The stream ended without it: ${JSON.stringify(this.events).slice(0, 500)}`)
      await new Promise<void>((resolve) => this.waiting.add(resolve))
    }
  }

  close(): void {
    this.abort.abort()
  }

  private async read(response: Response): Promise<void> {
    try {
      const parsed = response.body
        ?.pipeThrough(new TextDecoderStream() as never)
        .pipeThrough(new EventSourceParserStream()) as ReadableStream<{ event?: string; data: string }>
      for await (const { event, data } of parsed) {
        this.events.push({ event: event ?? 'message', data: JSON.parse(data) })
        this.notify()
      }
    } catch {
      // Closed.
    } finally {
      this.over = true
      this.notify()
    }
  }

  private notify(): void {
    for (const resume of this.waiting) resume()
    this.waiting.clear()
  }
}
