import type { z } from 'zod'
import type { Ctx } from '@/lib/context'
import { type HandlerInput, handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/runs'
import { startedStream, wantsEvents } from '@/lib/http/run-stream'
import { listActiveRuns } from '@/lib/runs/list-active'
import { beginRun, startRun } from '@/lib/runs/start'
import { askForStartAhead } from '@/lib/runs/start-reads'

export const maxDuration = 300

type Start = HandlerInput<unknown, unknown, z.output<NonNullable<typeof operations.startRun.body>>>

const inputOf = ({ body, request }: Start) => ({
  ...body,
  idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
})

const askAhead = (ctx: Ctx, given: Start) => askForStartAhead(ctx, inputOf(given))

export const POST = handle(
  operations.startRun,
  async (ctx, given, ahead) => {
    const input = inputOf(given)
    if (!wantsEvents(given.request)) return startRun(ctx, input, ahead)
    return startedStream(ctx, given.request, await beginRun(ctx, input, ahead))
  },
  askAhead,
)

export const GET = handle(operations.listRuns, (ctx, { query }) => listActiveRuns(ctx, query))
