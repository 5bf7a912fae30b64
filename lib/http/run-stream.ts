import type { Ctx } from '@/lib/context'
import type { Answer } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import { encodedFrames, eventStream } from '@/lib/http/sse'
import type { beginRun } from '@/lib/runs/start'
import { type RunWatch, watchNewRun, watchRun } from '@/lib/runs/watch'

/** Answers with a run's events behind `after` and those to come, then `[DONE]`. Throws as `watchRun` does. */
export const runStream = (ctx: Ctx, request: ApiRequest, { runId, after }: { runId: string; after: number }) =>
  streamOf(ctx, request, (signal) => watchRun(ctx, { runId, after, signal }))

/** Answers to a question with all events of its run; `x-run-id` and `x-session-id` name it. */
export const startedStream = (
  ctx: Ctx,
  request: ApiRequest,
  { answer, made }: Awaited<ReturnType<typeof beginRun>>,
): Promise<Answer> => {
  const { runId, sessionId } = answer
  const watch = (signal: AbortSignal) =>
    made ? watchNewRun(ctx, { run: made, signal }) : watchRun(ctx, { runId, after: 0, signal })
  return streamOf(ctx, request, watch, { 'x-run-id': runId, 'x-session-id': sessionId })
}

const streamOf = (
  ctx: Ctx,
  request: ApiRequest,
  watch: (signal: AbortSignal) => Promise<RunWatch>,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  eventStream(ctx, request, async (stream) => {
    const { events, logId } = await watch(stream.signal)
    stream.begin({ ...headers, ...(logId !== '' && { 'x-log-id': logId }) })
    for await (const entries of events) await stream.write(encodedFrames(entries))
    if (!stream.signal.aborted) await stream.write('data: [DONE]\n\n')
  })

/** Whether the caller asks for events rather than for JSON. */
export const wantsEvents = (request: ApiRequest) => /\btext\/event-stream\b/.test(request.headers.get('accept') ?? '')
