import { z } from 'zod'
import { limitFields, someLimits } from '@/lib/access/limits'
import { ROLES } from '@/lib/access/types'
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

const ownPrompts = { chat: z.string().nullable(), investigation: z.string().nullable() }

const prompts = z.object({
  ...ownPrompts,
  defaults: z.object({ chat: z.string(), investigation: z.string() }),
  fixed: z.string().describe('What follows every prompt and cannot be replaced'),
  variables: z.array(z.object({ name: z.string(), meaning: z.string() })),
  maxBytes: z.number().int(),
  version: z.number().int(),
})

export const getPrompts = defineOperation({
  method: 'GET',
  path: '/api/settings/prompts',
  summary: 'The organisation’s own prompts and the built-in ones, for admins',
  query: organisationQuery,
  response: prompts,
})

export const changePrompts = defineOperation({
  method: 'PATCH',
  path: '/api/settings/prompts',
  summary: 'Changes prompts from the next run on; null resets one to the built-in',
  query: organisationQuery,
  body: z.strictObject({ version: z.number().int().optional(), ...ownPrompts }).partial(),
  response: prompts,
})

export const previewPrompt = defineOperation({
  method: 'POST',
  path: '/api/settings/prompts/preview',
  summary: 'What the model would be told now, with the organisation’s real values and tools',
  query: organisationQuery,
  status: 200,
  body: z.strictObject({
    type: z.enum(['chat', 'investigation']),
    role: z.enum(ROLES),
    template: z.string().nullable().optional().describe('Left out: what is stored; null: the built-in one'),
  }),
  response: z.object({
    text: z.string(),
    ownLength: z.number().int().describe('How many of its characters can be replaced'),
    tokens: z.number().int(),
  }),
})
