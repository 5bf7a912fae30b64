import { z } from 'zod'
import { defineOperation, organisationQuery } from '@/lib/http/operation'

export const diagnose = defineOperation({
  method: 'GET',
  path: '/api/diagnostics',
  summary: 'How store, MCP servers and sealing key are, and the server’s clock; without secrets, for admins',
  query: organisationQuery,
  response: z.object({
    version: z.string(),
    node: z.string(),
    now: z.number().describe('Unix milliseconds'),
    store: z.object({ kind: z.enum(['sqlite', 'redis', 'upstash']), up: z.boolean(), milliseconds: z.number() }),
    model: z.object({ label: z.string(), scripted: z.boolean() }).nullable(),
    servers: z.array(
      z.object({
        name: z.string(),
        address: z.string().nullable(),
        state: z.enum(['ok', 'failing', 'unknown', 'disabled']),
        milliseconds: z.number().nullable(),
        tools: z.number().nullable(),
        lastError: z.object({ message: z.string(), at: z.number() }).nullable(),
      }),
    ),
    sealing: z.object({ secrets: z.number().int(), old: z.number().int(), unopenable: z.array(z.string()) }),
  }),
})

export const checkModel = defineOperation({
  method: 'POST',
  path: '/api/diagnostics/model',
  summary: 'One small real call of the organisation’s model, for admins',
  query: organisationQuery,
  status: 200,
  response: z.discriminatedUnion('status', [
    z.object({
      status: z.literal('answered'),
      label: z.string(),
      firstMilliseconds: z.number(),
      milliseconds: z.number(),
      text: z.string(),
    }),
    z.object({
      status: z.literal('failed'),
      label: z.string().nullable(),
      milliseconds: z.number(),
      message: z.string(),
    }),
  ]),
})

export const tickStream = defineOperation({
  method: 'GET',
  path: '/api/diagnostics/stream',
  summary: 'Ten small events, one every 100 ms: a proxy that buffers delivers them together',
  mediaType: 'text/event-stream',
})
