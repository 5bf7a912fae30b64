import { createAttachment } from '@/lib/attachments/create'
import { handle } from '@/lib/http/handle'
import { readBytes } from '@/lib/http/input'
import * as operations from '@/lib/http/operations/attachments'

export const maxDuration = 60

export const POST = handle(operations.createAttachment, async (ctx, { query, request }) => {
  const bytes = await readBytes(request, operations.createAttachment.maxBodyBytes)
  return createAttachment(ctx, { ...query, bytes })
})
