import { z } from 'zod'
import { defineOperation, idParams, organisationQuery } from '@/lib/http/operation'
import { RUN_STATUSES, usage } from '@/lib/http/operations/schemas'

export const startRun = defineOperation({
  method: 'POST',
  path: '/api/agent/runs',
  summary: 'Asks a question: starts a run, or queues it behind the active one',
  status: 202,
  stream: 'The run’s events from the first one on; the headers x-run-id and x-session-id name it',
  body: z.object({
    message: z.string().describe('1 to 65,536 bytes; empty only when files go with it'),
    sessionId: z.string().max(200).optional(),
    orgId: z.string().max(64).optional().describe('Id or slug'),
    model: z.string().max(200).optional(),
    type: z.enum(['chat', 'investigation']).optional(),
    whenBusy: z.enum(['queue', 'steer', 'reject']).optional(),
    replaces: z.string().max(200).optional().describe('A question of the session, in whose place this one is asked'),
    attachments: z
      .array(z.string().max(200))
      .max(100)
      .optional()
      .describe('Ids of files, at most 10; left out: those of the question that it replaces'),
  }),
  response: z.object({ runId: z.string(), sessionId: z.string(), status: z.enum(['running', 'queued']) }),
})

export const getRun = defineOperation({
  method: 'GET',
  path: '/api/agent/runs/{id}',
  summary: 'A run as it is now',
  params: idParams,
  response: z.object({
    id: z.string(),
    sessionId: z.string(),
    status: z.enum(RUN_STATUSES),
    model: z.string().nullable(),
    steps: z.number(),
    attempts: z.number(),
    lastEvent: z.number(),
    createdAt: z.number(),
    startedAt: z.number().nullable(),
    finishedAt: z.number().nullable(),
    usage,
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
})

export const watchRun = defineOperation({
  method: 'GET',
  path: '/api/agent/runs/{id}/events',
  summary: 'The events of a run behind a cursor, then those to come, as the AI SDK’s UI message stream',
  params: idParams,
  query: z.object({
    after: z.coerce.number().int().min(0).optional().describe('Or the header Last-Event-ID; 0 if neither is given'),
  }),
  mediaType: 'text/event-stream',
})

export const cancelRun = defineOperation({
  method: 'POST',
  path: '/api/agent/runs/{id}/cancel',
  summary: 'Stops a run',
  params: idParams,
  status: 202,
  response: z.object({ status: z.enum(RUN_STATUSES) }),
})

export const listRuns = defineOperation({
  method: 'GET',
  path: '/api/agent/runs',
  summary: 'The runs that go on or wait now, newest first: an admin sees all of the organisation, others their own',
  query: organisationQuery,
  response: z.object({
    runs: z.array(
      z.object({
        id: z.string(),
        status: z.enum(RUN_STATUSES),
        asker: z.object({ key: z.string(), name: z.string() }),
        sessionId: z.string(),
        sessionTitle: z.string().nullable().describe('Null when the conversation is not the caller’s to see'),
        model: z.string().nullable(),
        steps: z.number(),
        createdAt: z.number(),
        startedAt: z.number().nullable(),
        calls: z.array(
          z.object({ server: z.string().nullable(), tool: z.string(), state: z.enum(['running', 'waiting']) }),
        ),
        mayStop: z.boolean(),
      }),
    ),
    more: z.boolean().describe('There are more than are listed'),
  }),
})
