import { z } from 'zod'
import { MAX_ATTACHMENT_BYTES, MAX_NAME_LENGTH } from '@/lib/attachments/limits'
import { defineOperation, idParams, organisationQuery } from '@/lib/http/operation'
import { attachedFile } from '@/lib/http/operations/schemas'

export const createAttachment = defineOperation({
  method: 'POST',
  path: '/api/attachments',
  summary: 'Keeps a text file or an image for a question, for a day; the body is the file itself',
  query: organisationQuery.extend({
    name: z
      .string()
      .min(1)
      .max(4 * MAX_NAME_LENGTH)
      .default('file')
      .describe('The file’s name'),
  }),
  binaryBody: 'application/octet-stream',
  maxBodyBytes: MAX_ATTACHMENT_BYTES,
  status: 201,
  response: attachedFile,
})

export const getAttachment = defineOperation({
  method: 'GET',
  path: '/api/attachments/{id}',
  summary: 'A file’s content: an image, or text as UTF-8',
  params: idParams,
  query: z.object({ share: z.string().max(200).optional().describe('The share that it is read through') }),
  mediaType: 'application/octet-stream',
})

export const removeAttachment = defineOperation({
  method: 'DELETE',
  path: '/api/attachments/{id}',
  summary: 'Removes a file that was not sent',
  params: idParams,
})
