import { z } from 'zod'
import { defineOperation, idParams } from '@/lib/http/operation'

export const getEvidence = defineOperation({
  method: 'GET',
  path: '/api/evidence/{id}',
  summary: 'A tool’s whole result, in pages of bytes',
  params: idParams,
  query: z.object({
    share: z.string().max(200).optional().describe('The share that it is read through'),
    offset: z.coerce.number().int().min(0).default(0),
    limit: z.coerce
      .number()
      .int()
      .min(4)
      .max(1024 * 1024)
      .default(256 * 1024),
  }),
  response: z.object({
    id: z.string(),
    mediaType: z.string(),
    bytes: z.number(),
    offset: z.number(),
    content: z.string().describe('Text; base64 when `encoding` says so'),
    nextOffset: z.number().nullable(),
    encoding: z.literal('base64').optional(),
  }),
})
