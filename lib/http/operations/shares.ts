import { z } from 'zod'
import { defineOperation, idParams } from '@/lib/http/operation'
import { uiMessage } from '@/lib/http/operations/schemas'
import { EXPORT_FORMATS } from '@/lib/sessions/export'

const share = z.object({
  shareId: z.string(),
  url: z.string().describe('The page’s path'),
  evidence: z.boolean(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
})

export const createShare = defineOperation({
  method: 'POST',
  path: '/api/sessions/{id}/shares',
  summary: 'Shares a conversation as it is now with the organisation’s members, read-only',
  params: idParams,
  body: z.strictObject({
    expiresIn: z.number().int().nullable().describe('Seconds, from 3600; null: never'),
    evidence: z.boolean().optional().describe('With results of tools, each by the reader’s own tool policy'),
  }),
  response: share,
  status: 201,
})

export const listShares = defineOperation({
  method: 'GET',
  path: '/api/sessions/{id}/shares',
  summary: 'The shares of a conversation that are in force',
  params: idParams,
  response: z.object({ shares: z.array(share) }),
})

export const getShare = defineOperation({
  method: 'GET',
  path: '/api/shares/{id}',
  summary: 'What was shared, for members of the organisation',
  params: idParams,
  query: z.object({ before: z.string().max(1_000).optional() }),
  response: z.object({
    id: z.string(),
    title: z.string(),
    evidence: z.boolean(),
    createdAt: z.number(),
    expiresAt: z.number().nullable(),
    messages: z.array(uiMessage),
    messagesCursor: z.string().nullable(),
  }),
})

export const revokeShare = defineOperation({
  method: 'DELETE',
  path: '/api/shares/{id}',
  summary: 'Ends a share at once',
  params: idParams,
})

export const exportSession = defineOperation({
  method: 'GET',
  path: '/api/sessions/{id}/export',
  summary: 'A whole conversation as a file',
  params: idParams,
  query: z.object({ format: z.enum(EXPORT_FORMATS).default('markdown') }),
  mediaType: 'text/markdown',
})
