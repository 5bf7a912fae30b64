import { z } from 'zod'
import { RISKS, TOOL_POLICIES } from '@/lib/access/types'
import { defineOperation, organisationQuery } from '@/lib/http/operation'

export const listTools = defineOperation({
  method: 'GET',
  path: '/api/mcp/tools',
  summary: 'The tools that the caller’s role may use, and the servers that cannot be reached now',
  query: organisationQuery,
  response: z.object({
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
  }),
})

export const listModels = defineOperation({
  method: 'GET',
  path: '/api/models',
  summary: 'The models that a question may name, the default first',
  query: organisationQuery,
  response: z.object({
    models: z.array(z.object({ id: z.string(), label: z.string(), scripted: z.boolean() })),
  }),
})
