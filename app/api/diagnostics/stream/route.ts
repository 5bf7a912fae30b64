import { setTimeout as wait } from 'node:timers/promises'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/diagnostics'
import { eventStream } from '@/lib/http/sse'

const TICKS = 10
const PAUSE = 100

export const GET = handle(operations.tickStream, (ctx, { request }) =>
  eventStream(ctx, request, async (stream) => {
    stream.begin()
    for (let n = 1; n <= TICKS && !stream.signal.aborted; n += 1) {
      await stream.write(`id: ${n}\ndata: ${JSON.stringify({ n, at: Date.now() })}\n\n`)
      // A client that has gone ends the pause.
      await wait(PAUSE, null, { signal: stream.signal }).catch(() => undefined)
    }
  }),
)
