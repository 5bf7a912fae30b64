import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { eventStream, frames, readCursor } from '@/lib/http/sse'
import { watchRun } from '@/lib/runs/watch'

export const maxDuration = 300

export const GET = handle(operations.watchRun, async (ctx, { params, query, request }) => {
  const after = readCursor(request, query.after)
  return eventStream(ctx, request, async (stream) => {
    const { events, logId } = await watchRun(ctx, { runId: params.id, after, signal: stream.signal })
    stream.begin(logId === '' ? {} : { 'x-log-id': logId })
    for await (const entries of events) await stream.write(frames(entries))
    if (!stream.signal.aborted) await stream.write('data: [DONE]\n\n')
  })
})
