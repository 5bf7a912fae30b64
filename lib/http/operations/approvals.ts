import { z } from 'zod'
import { defineOperation, idParams, organisationQuery, pageQuery } from '@/lib/http/operation'

const approval = z.object({
  approvalId: z.string(),
  runId: z.string(),
  sessionId: z.string(),
  sessionTitle: z.string().nullable().describe('Null when the conversation is not the caller’s to see'),
  asker: z.object({ key: z.string().describe('user:{id} or token:{id}'), name: z.string() }),
  toolCallId: z.string(),
  toolName: z.string().describe('As the model calls it'),
  server: z.string(),
  tool: z.string(),
  title: z.string(),
  risk: z.enum(['read', 'write', 'destructive']),
  arguments: z.unknown().describe('Exactly what is called if it is approved'),
  decidableBy: z.enum(['asker', 'editor', 'admin']),
  askedAt: z.number(),
  expiresAt: z.number().describe('Without a decision until then it is rejected'),
  status: z.enum(['open', 'decided', 'withdrawn']),
  decision: z.enum(['approve', 'reject']).optional(),
  scope: z.enum(['once', 'session']).optional(),
  decidedBy: z.string().optional(),
  decidedAt: z.number().optional(),
  comment: z.string().optional(),
  expired: z.literal(true).optional(),
})

export const listApprovals = defineOperation({
  method: 'GET',
  path: '/api/approvals',
  summary: 'The tool calls that wait for the caller’s decision, the one that expires first first',
  query: pageQuery.extend(organisationQuery.shape),
  response: z.object({ approvals: z.array(approval), nextCursor: z.string().nullable() }),
})

export const decideApproval = defineOperation({
  method: 'POST',
  path: '/api/agent/runs/{id}/approvals/{approvalId}',
  summary: 'Approves of a tool call or rejects it',
  params: idParams.extend({ approvalId: z.string().min(1).max(200) }),
  body: z.object({
    decision: z.enum(['approve', 'reject']),
    scope: z.enum(['once', 'session']).optional().describe('`session`: these exact arguments, in this conversation'),
    comment: z.string().max(2_000).optional().describe('The model reads it'),
  }),
  response: approval,
})
