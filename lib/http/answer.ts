/** Where the bytes of a stream go: a socket, or the body of a web response. */
export interface Sink {
  /** False: it holds as much as it should, and what comes next waits for `resume`. Throws once it is closed. */
  write(bytes: Uint8Array): boolean
  close(): void
}

/** A body that is written as it comes about. */
export interface StreamBody {
  /** Called once, by whoever sends the answer. */
  open(sink: Sink): void
  /** The sink has room again. */
  resume(): void
  /** Nobody reads it any more; also in place of `open`. */
  cancel(): void
}

/** What a handler answers, as plain data: it goes out as a web `Response`, or to a socket without one. */
export class Answer {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Record<string, string>
  readonly body: string | StreamBody | null

  constructor(
    body: string | StreamBody | null,
    { status, headers }: { status: number; headers: Record<string, string> },
  ) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** A reader that takes nothing holds at most about so much; then what it reads waits. */
export const HIGH_WATER_BYTES = 256 * 1024

/** The answer as Next.js and the platforms take it; to `HEAD`, which Next.js asks as `GET`, without its body. */
export function toResponse(answer: Answer | Response, method = 'GET'): Response {
  if (answer instanceof Response) return answer
  const { status, headers, body } = answer
  // Nobody would read it, and nobody would end it.
  if (method === 'HEAD' && body !== null && typeof body !== 'string') {
    body.cancel()
    return new Response(null, { status, headers })
  }
  return new Response(body === null || typeof body === 'string' ? body : webStream(body), { status, headers })
}

function webStream(body: StreamBody): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) =>
        body.open({
          write(bytes) {
            controller.enqueue(bytes)
            return (controller.desiredSize ?? 0) > 0
          },
          close: () => controller.close(),
        }),
      pull: () => body.resume(),
      cancel: () => body.cancel(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  )
}
