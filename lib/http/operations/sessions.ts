import { z } from 'zod'
import { defineOperation, idParams, organisationQuery, pageQuery } from '@/lib/http/operation'
import { queueItem, sessionSummary, sessionView, VISIBILITIES } from '@/lib/http/operations/schemas'

const itemParams = idParams.extend({ itemId: z.string().min(1).max(200) })
const queue = z.object({ queue: z.array(queueItem) })

export const listSessions = defineOperation({
  method: 'GET',
  path: '/api/sessions',
  summary: 'The conversations that the caller sees, newest first; by title with `q`',
  query: pageQuery.extend(organisationQuery.shape).extend({ q: z.string().max(200).optional() }),
  response: z.object({ sessions: z.array(sessionSummary), nextCursor: z.string().nullable() }),
})

export const createSession = defineOperation({
  method: 'POST',
  path: '/api/sessions',
  summary: 'An empty conversation',
  query: organisationQuery,
  body: z.object({ title: z.string().max(1_000).optional(), visibility: z.enum(VISIBILITIES).optional() }),
  response: sessionView,
  status: 201,
})

export const deleteSessions = defineOperation({
  method: 'DELETE',
  path: '/api/sessions',
  summary: 'Deletes all of the caller’s own conversations in the organisation',
  query: organisationQuery,
})

export const getSession = defineOperation({
  method: 'GET',
  path: '/api/sessions/{id}',
  summary: 'A conversation with its newest 50 messages, its active run and its queue',
  params: idParams,
  query: z.object({ before: z.string().max(1_000).optional() }),
  response: sessionView,
})

export const changeSession = defineOperation({
  method: 'PATCH',
  path: '/api/sessions/{id}',
  summary: 'Another title, visibility or model',
  params: idParams,
  body: z
    .object({
      title: z.string().max(1_000).optional(),
      visibility: z.enum(VISIBILITIES).optional(),
      model: z.string().min(1).max(200).nullable().optional().describe('null: the organisation’s default'),
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), 'Say what to change.'),
  response: sessionView,
})

export const deleteSession = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/{id}',
  summary: 'Deletes a conversation and cancels its run',
  params: idParams,
})

const current = z.object({ sessionId: z.string().nullable() })

export const getCurrentSession = defineOperation({
  method: 'GET',
  path: '/api/sessions/current',
  summary: 'The conversation that the caller looked at last',
  query: organisationQuery,
  response: current,
})

export const setCurrentSession = defineOperation({
  method: 'PUT',
  path: '/api/sessions/current',
  summary: 'Remembers the conversation that the caller looks at',
  query: organisationQuery,
  body: z.object({ sessionId: z.string().max(200).nullable() }),
  response: current,
})

export const clearCurrentSession = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/current',
  summary: 'Forgets it',
  query: organisationQuery,
})

export const changeQueueItem = defineOperation({
  method: 'PATCH',
  path: '/api/sessions/{id}/queue/{itemId}',
  summary: 'Another text for a queued message, or another place',
  params: itemParams,
  body: z
    .object({
      message: z.string().min(1).optional(),
      before: z.string().max(200).nullable().optional().describe('The item to go before; null: to the end'),
    })
    .refine((body) => body.message !== undefined || body.before !== undefined, 'Give a message or a place.'),
  response: queue,
})

export const deleteQueueItem = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/{id}/queue/{itemId}',
  summary: 'Removes a queued message: cancels its run',
  params: itemParams,
})

export const resumeQueue = defineOperation({
  method: 'POST',
  path: '/api/sessions/{id}/queue/resume',
  summary: 'Lets a queue go on that paused after a stop',
  params: idParams,
  response: queue,
})
