import { z } from 'zod'
import { limitFields, someLimits } from '@/lib/access/limits'
import { defineOperation, organisationQuery } from '@/lib/http/operation'

const general = z.object({
  slug: z.string(),
  name: z.string(),
  externalId: z.string().nullable(),
  limits: z.object(limitFields),
  managed: z.array(z.string()).describe('Fields that a provisioning file manages'),
  version: z.number().int(),
})

export const getGeneralSettings = defineOperation({
  method: 'GET',
  path: '/api/settings/general',
  summary: 'The organisation’s name, limits and retention, for admins',
  query: organisationQuery,
  response: general,
})

export const changeGeneralSettings = defineOperation({
  method: 'PATCH',
  path: '/api/settings/general',
  summary: 'Changes them from the next run on; 409 names a field that a provisioning file manages',
  query: organisationQuery,
  body: z.strictObject({
    version: z.number().int().optional().describe('Of what the change was made from; 409 when it is not that any more'),
    name: z.string().trim().min(1).max(100).optional(),
    externalId: z.string().trim().min(1).max(200).nullable().optional(),
    limits: someLimits.optional(),
  }),
  response: general,
})
