import { z } from 'zod'
import { RISKS, ROLES, TOOL_POLICIES } from '@/lib/access/types'
import { defineOperation, idParams, organisationQuery } from '@/lib/http/operation'
import { HEALTH_STATES } from '@/lib/mcp/servers/view'

const name = z.string().regex(/^[a-z0-9-]{1,32}$/, 'expected 1 to 32 small letters, digits and hyphens')
const transport = z.enum(
  ['streamable-http', 'sse'],
  'expected streamable-http or sse; a command (stdio) comes from a provisioning file only',
)
const url = z.string().trim().min(1).max(2000)
const milliseconds = (most: number) => z.number().int().min(100).max(most).optional()
const timeouts = z.strictObject({
  dial: milliseconds(120_000),
  list: milliseconds(120_000),
  call: milliseconds(900_000),
})
const headers = z
  .array(
    z.strictObject({
      name: z
        .string()
        .max(100)
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header'),
      value: z
        .string()
        .min(1, 'expected a value; leave it out to keep the one that is stored')
        .max(8192)
        .optional()
        .describe('May hold {{org.externalId}}, {{user.email}} and the like. It is never given out again'),
    }),
  )
  .max(30)
  .describe('All of them: one without a value keeps what is stored, one that is not named is removed')
const enabled = z.boolean()

const health = z.object({
  state: z.enum(HEALTH_STATES).describe('`unknown`: nothing was seen yet of the settings as they are'),
  observedAt: z.number().nullable(),
  lastSuccessAt: z.number().nullable(),
  lastError: z.object({ message: z.string(), at: z.number() }).nullable(),
  latencyMilliseconds: z.number().nullable(),
  tools: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
})

const server = z.object({
  id: z.string(),
  name: z.string(),
  transport: z.enum(['streamable-http', 'sse', 'stdio']),
  url: z.string().nullable(),
  headers: z.array(z.object({ name: z.string(), set: z.literal(true) })),
  timeouts: z.object({ dial: z.number(), list: z.number(), call: z.number() }).describe('Milliseconds'),
  enabled: z.boolean(),
  provisioned: z.boolean().describe('Locked: a provisioning file or the environment manages it'),
  createdAt: z.number(),
  updatedAt: z.number(),
  version: z.number(),
  health,
})

const risk = z.enum(RISKS)
const policy = z.object(
  Object.fromEntries(ROLES.map((role) => [role, z.enum(TOOL_POLICIES)])) as Record<
    (typeof ROLES)[number],
    z.ZodEnum<{ [Policy in (typeof TOOL_POLICIES)[number]]: Policy }>
  >,
)

const tools = z
  .array(
    z.object({
      name: z.string().describe('As the model sees it'),
      toolName: z.string().describe('On its server'),
      title: z.string(),
      description: z.string(),
      risk,
      policy: policy.describe('As it is decided; nobody uses a tool while it is blocked'),
      blocked: z.object({ kind: z.enum(['switched-off', 'new', 'changed']), message: z.string() }).nullable(),
      lastUsedAt: z.number().nullable(),
    }),
  )
  .nullable()
  .describe('Null while they cannot be told')

const test = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('answered'),
    milliseconds: z.number(),
    server: z.object({ name: z.string(), version: z.string() }).describe('As it calls itself'),
    protocolVersion: z.string().nullable(),
    tools: z.array(z.object({ name: z.string(), title: z.string(), description: z.string(), risk })),
    leftOut: z.number().describe('Definitions that cannot be used'),
  }),
  z.object({ outcome: z.literal('failed'), milliseconds: z.number(), message: z.string() }),
])

export const listServers = defineOperation({
  method: 'GET',
  path: '/api/mcp/servers',
  summary: 'The organisation’s MCP servers with their health as it is now',
  query: organisationQuery,
  response: z.object({ servers: z.array(server) }),
})

export const createServer = defineOperation({
  method: 'POST',
  path: '/api/mcp/servers',
  summary: 'Adds an MCP server',
  query: organisationQuery,
  status: 201,
  body: z.strictObject({
    name,
    transport,
    url,
    headers: headers.optional(),
    timeouts: timeouts.optional(),
    enabled: enabled.optional(),
  }),
  response: server,
})

export const testSettings = defineOperation({
  method: 'POST',
  path: '/api/mcp/servers/test',
  summary: 'Connects with settings that are not saved, lists the tools and tells what came back',
  query: organisationQuery,
  body: z.strictObject({
    transport,
    url,
    headers: headers.optional(),
    timeouts: timeouts.optional(),
    serverId: z.string().max(200).optional().describe('Whose stored header values are kept where none is given'),
  }),
  response: test,
})

export const getServer = defineOperation({
  method: 'GET',
  path: '/api/mcp/servers/{id}',
  summary: 'One MCP server with its tools',
  params: idParams,
  response: server.extend({ tools }),
})

export const changeServer = defineOperation({
  method: 'PATCH',
  path: '/api/mcp/servers/{id}',
  summary: 'Changes an MCP server; the next call of every run goes by it',
  params: idParams,
  body: z.strictObject({
    name: name.optional(),
    transport: transport.optional(),
    url: url.optional(),
    headers: headers.optional(),
    timeouts: timeouts.optional(),
    enabled: enabled.optional(),
    version: z.number().int().optional().describe('Of the view that was changed: a 409 if somebody else was faster'),
  }),
  response: server,
})

export const removeServer = defineOperation({
  method: 'DELETE',
  path: '/api/mcp/servers/{id}',
  summary: 'Removes an MCP server',
  params: idParams,
})

export const testServer = defineOperation({
  method: 'POST',
  path: '/api/mcp/servers/{id}/test',
  summary: 'Connects as it is stored, lists the tools and tells what came back',
  params: idParams,
  response: test,
})
