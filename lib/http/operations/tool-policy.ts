import { z } from 'zod'
import { RISKS, ROLES, TOOL_POLICIES } from '@/lib/access/types'
import { defineOperation, idParams, organisationQuery } from '@/lib/http/operation'
import { offeredTools } from '@/lib/http/operations/schemas'

const role = z.enum(ROLES)
const risk = z.enum(RISKS)
const policy = z.enum(TOOL_POLICIES)
const serverId = z.string().min(1).max(200)
const toolName = z.string().min(1).max(512).describe('The tool’s name on its server')

const cells = z.partialRecord(role, z.partialRecord(risk, policy))
const matrix = z.record(role, z.record(risk, policy))
const failures = z.array(z.object({ server: z.string(), message: z.string() }))

const exception = z.object({
  serverId,
  toolName,
  risk: risk.optional(),
  policy: z.partialRecord(role, policy).optional(),
})

const decision = z.object({
  policy,
  source: z
    .enum(['matrix', 'server', 'exception', 'provisioned'])
    .describe('What decided; `provisioned` cannot be changed here'),
})

const governedTool = z.object({
  name: z.string().describe('The name that the model sees'),
  serverId: z.string(),
  toolName: z.string(),
  title: z.string(),
  description: z.string(),
  risk,
  riskSource: z.enum(['exception', 'server', 'provisioned', 'annotations', 'none']),
  decided: z.record(role, decision).describe('What each role may do with it when nothing blocks it'),
  review: z.enum(['reviewed', 'new', 'changed']),
  blocked: z.object({ kind: z.enum(['switched-off', 'new', 'changed']), message: z.string() }).nullable(),
  lastUsedAt: z.number().nullable(),
})

export const getToolPolicy = defineOperation({
  method: 'GET',
  path: '/api/tool-policy',
  summary: 'The tool policy, and every tool with what it comes to, the hidden and unreviewed included; for admins',
  query: organisationQuery,
  response: z.object({
    defaults: matrix,
    matrix,
    cells: cells.describe('The cells of the matrix that somebody set'),
    exceptions: z.array(exception),
    updatedAt: z.number(),
    servers: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        origin: z.enum(['builtin', 'provisioned', 'stored']),
        policy: cells,
      }),
    ),
    tools: z.array(governedTool),
    failures,
  }),
})

export const changeToolPolicy = defineOperation({
  method: 'PATCH',
  path: '/api/tool-policy',
  summary: 'Sets single cells and exceptions, or takes them back with null; the rest stays; for admins',
  query: organisationQuery,
  body: z
    .strictObject({
      matrix: z.partialRecord(role, z.partialRecord(risk, policy.nullable())).optional(),
      exceptions: z
        .array(
          z.strictObject({
            serverId,
            toolName,
            risk: risk.nullable().optional(),
            policy: z.partialRecord(role, policy.nullable()).optional(),
          }),
        )
        .max(200)
        .optional(),
    })
    .refine((body) => body.matrix || body.exceptions, 'Give cells of the matrix or exceptions.'),
  response: z.object({ cells, exceptions: z.array(exception), updatedAt: z.number() }),
})

export const previewToolPolicy = defineOperation({
  method: 'GET',
  path: '/api/tool-policy/preview',
  summary: 'What `GET /api/mcp/tools` shows to this role; for admins',
  query: organisationQuery.extend({ role }),
  response: offeredTools,
})

const difference = z.object({
  field: z.enum(['title', 'description', 'inputSchema', 'annotations']),
  before: z.unknown(),
  after: z.unknown(),
})

const reviewState = z.object({
  server: z.object({ id: z.string(), name: z.string() }),
  pending: z.array(
    z.object({
      toolName: z.string(),
      fingerprint: z.string().describe('Hand it back to say what was looked at'),
      state: z.enum(['new', 'changed']),
      risk,
      title: z.string(),
      description: z.string(),
      inputSchema: z.record(z.string(), z.unknown()),
      annotations: z.record(z.string(), z.unknown()).nullable(),
      differences: z.array(difference).nullable(),
      reviewed: z.object({ by: z.string().nullable(), at: z.number() }).nullable(),
    }),
  ),
  reviewedTools: z.number().describe('How many tools are reviewed as they are'),
})

export const getToolReview = defineOperation({
  method: 'GET',
  path: '/api/mcp/servers/{id}/review',
  summary: 'The server’s tools that wait for a review, with what changed since the last one; for admins',
  params: idParams,
  response: reviewState,
})

export const reviewTools = defineOperation({
  method: 'POST',
  path: '/api/mcp/servers/{id}/review',
  summary: 'Records what an admin looked at, all or none; 409 when a tool is otherwise by now',
  params: idParams,
  body: z.strictObject({
    tools: z
      .array(z.strictObject({ toolName, fingerprint: z.string().min(1).max(100) }))
      .min(1)
      .max(2_000),
  }),
  response: reviewState,
})

const switches = z.object({
  switches: z.array(
    z.object({
      kind: z.enum(['tool', 'server', 'writes']),
      serverId: z.string().optional(),
      toolName: z.string().optional(),
      name: z.string(),
      by: z.string().describe('The administrator’s name'),
      at: z.number(),
      reason: z.string(),
    }),
  ),
})

export const listSwitches = defineOperation({
  method: 'GET',
  path: '/api/switches',
  summary: 'What is switched off now, by whom, when and why; for every member',
  query: organisationQuery,
  response: switches,
})

const turned = { off: z.boolean(), reason: z.string().trim().max(300).default('') }

export const changeSwitch = defineOperation({
  method: 'PATCH',
  path: '/api/switches',
  summary: 'Switches one tool, one server or all writes off, or on again, for running runs too; for admins',
  query: organisationQuery,
  body: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('tool'), serverId, toolName, ...turned }),
    z.strictObject({ kind: z.literal('server'), serverId, ...turned }),
    z.strictObject({ kind: z.literal('writes'), ...turned }),
  ]),
  response: switches,
})
