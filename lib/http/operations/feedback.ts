import { z } from 'zod'
import { defineOperation, idParams, organisationQuery, pageQuery } from '@/lib/http/operation'
import { RATINGS } from '@/lib/sessions/feedback/collection'

const rating = z.enum(RATINGS)
const given = z.object({ messageId: z.string(), rating: rating.nullable(), comment: z.string().nullable() })

export const giveFeedback = defineOperation({
  method: 'PUT',
  path: '/api/sessions/{id}/messages/{messageId}/feedback',
  summary: 'What the caller thinks of one answer, in the place of what they said before',
  params: idParams.extend({ messageId: z.string().min(1).max(200) }),
  body: z.strictObject({
    rating: rating.nullable().describe('null takes it back'),
    comment: z.string().max(2_000).nullable().optional(),
  }),
  response: given,
})

export const ownFeedback = defineOperation({
  method: 'GET',
  path: '/api/sessions/{id}/feedback',
  summary: 'What the caller has said about the answers of a conversation',
  params: idParams,
  response: z.object({ feedback: z.array(given) }),
})

export const listFeedback = defineOperation({
  method: 'GET',
  path: '/api/feedback',
  summary: 'What people said about answers, newest first, for admins',
  query: pageQuery.extend(organisationQuery.shape),
  response: z.object({
    feedback: z.array(
      z.object({
        id: z.string(),
        sessionId: z.string(),
        messageId: z.string(),
        by: z.string(),
        name: z.string(),
        rating,
        comment: z.string().nullable(),
        model: z.string().nullable(),
        at: z.number(),
        title: z.string().nullable().describe('null: the conversation is private to somebody else, or gone'),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
})
