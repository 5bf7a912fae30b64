import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/shares'
import { textDownload } from '@/lib/http/respond'
import { exportSession } from '@/lib/sessions/export'

export const maxDuration = 300

export const GET = handle(operations.exportSession, async (ctx, { params, query }) => {
  const { fileName, mediaType, pieces } = await exportSession(ctx, { sessionId: params.id, format: query.format })
  return textDownload(pieces, {
    mediaType,
    fileName,
    requestId: ctx.requestId,
    onFailure: (error) => ctx.services.logger.warn({ err: error, requestId: ctx.requestId }, 'an export broke off'),
  })
})
