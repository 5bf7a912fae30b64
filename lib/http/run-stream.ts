import type { Ctx } from '@/lib/context'
import { encodedFrames, eventStream } from '@/lib/http/sse'
import { watchRun } from '@/lib/runs/watch'

/** Answers with a run's events behind `after` and those to come, then `[DONE]`. Throws as `watchRun` does. */
export function runStream(
  ctx: Ctx,
  request: Request,
  { runId, after, headers }: { runId: string; after: number; headers?: Record<string, string> },
): Promise<Response> {
  return eventStream(ctx, request, async (stream) => {
    const { events, logId } = await watchRun(ctx, { runId, after, signal: stream.signal })
    stream.begin({ ...headers, ...(logId !== '' && { 'x-log-id': logId }) })
    for await (const entries of events) await stream.write(encodedFrames(entries))
    if (!stream.signal.aborted) await stream.write('data: [DONE]\n\n')
  })
}

/** Whether the caller asks for events rather than for JSON. */
export const wantsEvents = (request: Request) => /\btext\/event-stream\b/.test(request.headers.get('accept') ?? '')
