import { handle } from '@/lib/http/handle'
import { watchEvents } from '@/lib/http/operations/events'
import { eventStream } from '@/lib/http/sse'
import { parseWatches, runWatches } from '@/lib/http/watches'

export const maxDuration = 300

export const GET = handle(watchEvents, async (ctx, { query, request }) => {
  const watches = parseWatches(query.watch)
  return eventStream(ctx, request, async (stream) => {
    stream.begin()
    await runWatches(ctx, watches, stream)
  })
})
