import { z } from 'zod'
import { defineOperation, idParams, organisationQuery, pageQuery } from '@/lib/http/operation'
import { listedSession, queueItem, sessionView, VISIBILITIES } from '@/lib/http/operations/schemas'

const itemParams = idParams.extend({ itemId: z.string().min(1).max(200) })
const queue = z.object({ queue: z.array(queueItem) })

export const listSessions = defineOperation({
  method: 'GET',
  path: '/api/sessions',
  summary: 'The conversations that the caller sees, newest first; by title with `q`',
  query: pageQuery.extend(organisationQuery.shape).extend({ q: z.string().max(200).optional() }),
  response: z.object({ sessions: z.array(listedSession), nextCursor: z.string().nullable() }),
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
  query: z.object({
    before: z.string().max(1_000).optional(),
    branch: z
      .string()
      .max(200)
      .optional()
      .describe('A message: the thread that goes through it, an earlier version too'),
  }),
  response: sessionView,
})

export const changeSession = defineOperation({
  method: 'PATCH',
  path: '/api/sessions/{id}',
  summary: 'Another title, visibility, model or current thread',
  params: idParams,
  body: z
    .object({
      title: z.string().max(1_000).optional(),
      visibility: z.enum(VISIBILITIES).optional(),
      model: z.string().min(1).max(200).nullable().optional().describe('null: the organisation’s default'),
      branch: z
        .string()
        .max(200)
        .optional()
        .describe('A message: the thread that goes through it becomes the current one'),
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), 'Say what to change.'),
  response: sessionView,
})

export const markSession = defineOperation({
  method: 'PATCH',
  path: '/api/sessions/{id}/marks',
  summary: 'What the caller sets on a conversation for themselves: pinned, archived, how much of it was seen',
  params: idParams,
  body: z.strictObject({
    pinned: z.boolean().optional(),
    archived: z.boolean().optional(),
    seen: z.number().int().min(0).max(1e9).optional().describe('Messages; only grows'),
    seenRun: z.string().max(200).optional().describe('The newest run whose end was seen'),
  }),
  response: z.object({ pinned: z.boolean(), archived: z.boolean(), seen: z.number(), version: z.number() }),
})

export const trashSession = defineOperation({
  method: 'POST',
  path: '/api/sessions/{id}/trash',
  summary: 'Hides a conversation and deletes it for good a little later, unless that is taken back',
  params: idParams,
  response: z.object({ until: z.number().describe('It can be taken back until then') }),
})

export const restoreSession = defineOperation({
  method: 'DELETE',
  path: '/api/sessions/{id}/trash',
  summary: 'Takes a deletion back',
  params: idParams,
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
      message: z.string().optional().describe('1 to 65,536 bytes; empty only when files go with it'),
      before: z.string().max(200).nullable().optional().describe('The item to go before; null: to the end'),
    })
    .refine((body) => body.message !== undefined || body.before !== undefined, 'Give a message or a place.'),
  response: queue,
})

export const sendQueueItemNow = defineOperation({
  method: 'POST',
  path: '/api/sessions/{id}/queue/{itemId}/now',
  summary: 'A queued message goes first, and what runs is stopped for it',
  params: itemParams,
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
