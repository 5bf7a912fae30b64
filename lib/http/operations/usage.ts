import { z } from 'zod'
import { defineOperation, organisationQuery } from '@/lib/http/operation'
import { BUDGET_STATES } from '@/lib/usage/budget'
import { USAGE_GROUPS } from '@/lib/usage/report'

const moment = z.coerce.number().int().min(0).max(8.64e15)
const sums = {
  runs: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  toolCalls: z.number(),
  costUsd: z.number(),
}

export const reportUsage = defineOperation({
  method: 'GET',
  path: '/api/usage',
  summary: 'What was used between two moments: the organisation’s for admins, one’s own for everybody else',
  query: organisationQuery.extend({
    from: moment.describe('Unix milliseconds'),
    to: moment.describe('Unix milliseconds; not part of it'),
    groupBy: z.enum(USAGE_GROUPS).default('day'),
  }),
  response: z.object({
    from: z.number(),
    to: z.number(),
    rows: z.array(z.object({ key: z.string(), name: z.string(), ...sums })),
    total: z.object(sums),
    unpriced: z.boolean().describe('Some of it was used by models without prices'),
    truncated: z.boolean().describe('There is more than one report reads'),
  }),
})

const state = {
  month: z.string(),
  usedUsd: z.number(),
  usedTokens: z.number(),
  state: z.enum(BUDGET_STATES),
  message: z.string().nullable(),
  resetsAt: z.number(),
}

const limit = z.number().min(0).max(1e15).nullable()
const budget = { warnUsd: limit, capUsd: limit, warnTokens: limit, capTokens: limit }

export const getBudgetState = defineOperation({
  method: 'GET',
  path: '/api/budget',
  summary: 'How the month stands against its budget, for every member',
  query: organisationQuery,
  response: z.object(state),
})

export const getBudget = defineOperation({
  method: 'GET',
  path: '/api/settings/budget',
  summary: 'The month’s budget, for admins',
  query: organisationQuery,
  response: z.object({ ...state, budget: z.object(budget) }),
})

export const changeBudget = defineOperation({
  method: 'PATCH',
  path: '/api/settings/budget',
  summary: 'Changes the month’s budget, at once; null: no limit',
  query: organisationQuery,
  body: z.strictObject({
    warnUsd: limit.optional(),
    capUsd: limit.optional(),
    warnTokens: limit.optional(),
    capTokens: limit.optional(),
  }),
  response: z.object({ ...state, budget: z.object(budget) }),
})
