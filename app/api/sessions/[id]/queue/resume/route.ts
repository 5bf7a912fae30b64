import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { resumeQueue } from '@/lib/sessions/queue'

export const maxDuration = 300

export const POST = handle(operations.resumeQueue, (ctx, { params }) => resumeQueue(ctx, { sessionId: params.id }))
