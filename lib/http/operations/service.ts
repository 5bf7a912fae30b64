import { z } from 'zod'
import { defineOperation } from '@/lib/http/operation'

export const health = defineOperation({
  method: 'GET',
  path: '/api/health',
  summary: 'Whether the process is alive; asks nothing of any dependency',
  auth: 'none',
  response: z.object({ status: z.literal('ok') }),
})

export const ready = defineOperation({
  method: 'GET',
  path: '/api/ready',
  summary: 'Whether the process can work: every dependency one by one; 503 when one is down',
  auth: 'none',
  response: z.object({
    status: z.enum(['ready', 'not_ready']),
    dependencies: z.record(z.string(), z.object({ status: z.enum(['up', 'down']), message: z.string().optional() })),
  }),
})

export const metrics = defineOperation({
  method: 'GET',
  path: '/api/metrics',
  summary: 'Prometheus text, behind METRICS_TOKEN as bearer token; 404 when that is not set',
  auth: 'none',
  mediaType: 'text/plain; version=0.0.4',
})

export const openapi = defineOperation({
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This description',
  auth: 'none',
  mediaType: 'application/json',
})
