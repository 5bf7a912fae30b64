import { z } from 'zod'
import { defineOperation, organisationQuery, pageOf, pageQuery } from '@/lib/http/operation'

const instant = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-11-25T10:00:00Z' })
  .transform((text) => Date.parse(text))

const filter = organisationQuery.extend({
  action: z.string().min(1).max(100).optional().describe('`tool.call`, or all of one entity: `tool`'),
  actor: z.string().min(1).max(200).optional().describe('`user:…`, `token:…` or `system`'),
  target: z.string().min(1).max(200).optional().describe('The id of what it was done to'),
  from: instant.optional(),
  to: instant.optional(),
})

const record = z.object({
  id: z.string(),
  at: z.number().describe('Unix milliseconds'),
  actor: z.object({ key: z.string(), name: z.string() }),
  action: z.string(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  origin: z.object({ address: z.string(), requestId: z.string() }).nullable(),
  before: z.unknown(),
  after: z.unknown(),
})

export const listAudit = defineOperation({
  method: 'GET',
  path: '/api/audit',
  summary: 'Who did what to what from where, newest first, without secrets; for admins. A page may be short',
  query: filter.extend(pageQuery.shape),
  response: pageOf('records', record),
})

export const exportAudit = defineOperation({
  method: 'GET',
  path: '/api/audit/export',
  summary: 'The same as CSV, all of it; cells that a spreadsheet would run are made text',
  query: filter,
  mediaType: 'text/csv; charset=utf-8',
})
