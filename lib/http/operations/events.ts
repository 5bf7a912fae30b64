import { z } from 'zod'
import { defineOperation } from '@/lib/http/operation'

export const MAX_WATCHES = 32

export const watchEvents = defineOperation({
  method: 'GET',
  path: '/api/events',
  summary: 'The browser’s one stream: everything that its tabs watch',
  query: z.object({
    watch: z
      .array(z.string().max(500))
      .min(1)
      .max(MAX_WATCHES)
      .describe('`session:{id}`, `session:{id}@{runId}.{n}` or `org:{id}`'),
  }),
  mediaType: 'text/event-stream',
})
