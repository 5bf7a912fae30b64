import { readAttachment } from '@/lib/attachments/read'
import { removeAttachment } from '@/lib/attachments/remove'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/attachments'
import { fileResponse } from '@/lib/http/respond'

export const GET = handle(operations.getAttachment, async (ctx, { params, query, request }) => {
  const { file, content } = await readAttachment(ctx, { attachmentId: params.id, share: query.share })
  const isText = file.kind === 'text'
  return fileResponse(request, content, {
    mediaType: isText ? 'text/plain; charset=utf-8' : file.mediaType,
    fileName: file.name,
    inline: !isText,
    tag: file.id,
    requestId: ctx.requestId,
  })
})

export const DELETE = handle(operations.removeAttachment, (ctx, { params }) =>
  removeAttachment(ctx, { attachmentId: params.id }),
)
