import { z } from 'zod'
import { defineOperation, organisationQuery } from '@/lib/http/operation'
import { offeredTools } from '@/lib/http/operations/schemas'

export const listTools = defineOperation({
  method: 'GET',
  path: '/api/mcp/tools',
  summary: 'The tools that the caller’s role may use, and the servers that cannot be reached now',
  query: organisationQuery,
  response: offeredTools,
})

export const listModels = defineOperation({
  method: 'GET',
  path: '/api/models',
  summary: 'The models that a question may name, the default first',
  query: organisationQuery,
  response: z.object({
    models: z.array(
      z.object({
        id: z.string().describe('What a question names'),
        label: z.string(),
        scripted: z.boolean(),
        contextTokens: z.number(),
        takesImages: z.boolean(),
      }),
    ),
  }),
})

export const suggestQuestions = defineOperation({
  method: 'GET',
  path: '/api/suggestions',
  summary: 'Questions to begin with: about alerts that fire now, and what the caller’s tools can tell',
  query: organisationQuery,
  response: z.object({
    suggestions: z.array(z.object({ question: z.string(), from: z.enum(['alert', 'tools']) })),
  }),
})
