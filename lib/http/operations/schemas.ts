import { z } from 'zod'
import { RISKS, TOOL_POLICIES } from '@/lib/access/types'
import { ATTACHMENT_KINDS } from '@/lib/agent/attached'

export const RUN_STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const
export const VISIBILITIES = ['private', 'organisation'] as const

export const usage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number().optional(),
})

/** An AI SDK `UIMessage`; its parts are as the AI SDK documents them. */
export const uiMessage = z
  .object({
    id: z.string(),
    role: z.enum(['system', 'user', 'assistant']),
    metadata: z.unknown().optional(),
    parts: z.array(z.looseObject({ type: z.string() })),
  })
  .describe('An AI SDK UIMessage')

/** A file that goes with a question, without its content. */
export const attachedFile = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  kind: z.enum(ATTACHMENT_KINDS),
  bytes: z.number(),
})

export const queueItem = z.object({
  id: z.string(),
  message: z.string(),
  attachments: z.array(attachedFile).optional().describe('Missing when there are none'),
})

export const sessionSummary = z.object({
  id: z.string(),
  title: z.string(),
  visibility: z.enum(VISIBILITIES),
  owner: z.string().describe('user:{id} or token:{id}'),
  createdAt: z.number().describe('Unix milliseconds'),
  updatedAt: z.number(),
  messageCount: z.number().describe('Of all versions; only grows'),
  activeRunId: z.string().nullable(),
  waiting: z.boolean().describe('The active run waits for a person’s approval'),
  waitingForMe: z.array(z.string()).describe('The approvals among them that the caller may decide about'),
  lastStatus: z.enum(['completed', 'failed', 'cancelled']).nullable().describe('Of the newest run that ended'),
  lastRun: z
    .object({ id: z.string(), mine: z.boolean() })
    .nullable()
    .describe('Which one that was, and whether the caller asked for it'),
})

/** In a list, with what the caller set on it for themselves. */
export const listedSession = sessionSummary.extend({
  pinned: z.boolean(),
  archived: z.boolean(),
  unread: z.boolean(),
})

export const sessionView = sessionSummary.extend({
  organisationId: z.string(),
  model: z.string().nullable().describe('Chosen for it; null: the organisation’s default'),
  version: z.number(),
  mayAct: z.boolean(),
  isOwner: z.boolean(),
  thread: z.number().describe('Which thread is the current one; stays the same while it is only added to'),
  isCurrent: z.boolean().describe('False: the messages are those of an earlier version'),
  queuePaused: z.boolean(),
  queue: z.array(queueItem),
  activeRun: z
    .object({
      runId: z.string(),
      lastEvent: z.number().describe('The cursor to follow the run from'),
      logId: z.string().describe('Of the log that this is of; empty before its first event'),
      message: uiMessage,
      fold: z.unknown().describe('The state of the fold at `lastEvent`'),
    })
    .nullable(),
  messages: z.array(uiMessage),
  messagesCursor: z.string().nullable().describe('Give it as `before` for older messages'),
})

/** What `GET /api/mcp/tools` answers. */
export const offeredTools = z.object({
  tools: z.array(
    z.object({
      name: z.string(),
      server: z.string(),
      title: z.string(),
      description: z.string(),
      inputSchema: z.record(z.string(), z.unknown()),
      risk: z.enum(RISKS),
      policy: z.enum(TOOL_POLICIES),
    }),
  ),
  failures: z.array(z.object({ server: z.string(), message: z.string() })),
})
