import { z } from 'zod'
import { defineOperation, idParams, organisationQuery } from '@/lib/http/operation'
import { PROVIDERS } from '@/lib/models/config'

const prices = z.object({ input: z.number().min(0).max(100_000), output: z.number().min(0).max(100_000) })

const model = z.object({
  id: z.string(),
  name: z.string().nullable(),
  provider: z.enum(PROVIDERS),
  baseUrl: z.string().nullable(),
  hasKey: z.boolean(),
  model: z.string(),
  contextTokens: z.number(),
  maxOutputTokens: z.number(),
  takesImages: z.boolean(),
  prices: prices.nullable().describe('US dollars for a million tokens'),
  enabled: z.boolean(),
  isDefault: z.boolean().describe('Answers when nobody chose'),
  provisioned: z.boolean().describe('Locked: a provisioning file or the environment manages it'),
  createdAt: z.number(),
  updatedAt: z.number(),
  version: z.number(),
})

const settings = {
  name: z.string().trim().min(1).max(60).nullable().optional().describe('null: the model’s own'),
  baseUrl: z
    .string()
    .trim()
    .max(2000)
    .nullable()
    .optional()
    .describe('Of grafana-llm: the Grafana’s address; needed by all but openai'),
  apiKey: z.string().trim().min(1).max(8192).nullable().optional().describe('Goes in, never out; null removes it'),
  contextTokens: z.number().int().min(1000).max(100_000_000).optional(),
  maxOutputTokens: z.number().int().min(16).max(10_000_000).optional(),
  takesImages: z.boolean().optional(),
  prices: prices.nullable().optional(),
  enabled: z.boolean().optional(),
}
const provider = z.enum(PROVIDERS)
const modelName = z.string().trim().min(1).max(200)

export const listModelConfigs = defineOperation({
  method: 'GET',
  path: '/api/models/configs',
  summary: 'The organisation’s models as they are configured, for admins',
  query: organisationQuery,
  response: z.object({
    models: z.array(model),
    environment: z.string().nullable().describe('Of the server’s environment: answers while there are none'),
  }),
})

export const createModelConfig = defineOperation({
  method: 'POST',
  path: '/api/models/configs',
  summary: 'Adds a model',
  query: organisationQuery,
  status: 201,
  body: z.strictObject({ ...settings, provider, model: modelName, isDefault: z.boolean().optional() }),
  response: model,
})

export const getModelConfig = defineOperation({
  method: 'GET',
  path: '/api/models/configs/{id}',
  summary: 'One model as it is configured',
  params: idParams,
  response: model,
})

export const changeModelConfig = defineOperation({
  method: 'PATCH',
  path: '/api/models/configs/{id}',
  summary: 'Changes a model; the next call of every run goes by it',
  params: idParams,
  body: z.strictObject({
    ...settings,
    provider: provider.optional(),
    model: modelName.optional(),
    isDefault: z.literal(true).optional().describe('Another one is made the default by its own change'),
    version: z.number().int().optional().describe('Of the view that was changed: a 409 if somebody else was faster'),
  }),
  response: model,
})

export const removeModelConfig = defineOperation({
  method: 'DELETE',
  path: '/api/models/configs/{id}',
  summary: 'Removes a model',
  params: idParams,
})

const health = z
  .object({
    configured: z.boolean(),
    ok: z.boolean(),
    models: z.array(z.object({ name: z.string(), ok: z.boolean() })),
  })
  .nullable()
  .describe('What Grafana’s LLM app says of itself')

export const testModel = defineOperation({
  method: 'POST',
  path: '/api/models/test',
  summary: 'Asks a model, stored or not saved yet, one small question and tells what came back',
  query: organisationQuery,
  body: z.strictObject({
    modelId: z.string().max(200).optional().describe('A stored one; its key is used where the settings have none'),
    settings: z.strictObject({ ...settings, provider: provider.optional(), model: modelName.optional() }).optional(),
  }),
  response: z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('answered'),
      health,
      text: z.string(),
      model: z.string().nullable().describe('As the answer itself says'),
      finishReason: z.string(),
      usage: z.object({ inputTokens: z.number().nullable(), outputTokens: z.number().nullable() }),
      milliseconds: z.object({ firstPart: z.number(), whole: z.number() }),
    }),
    z.object({
      outcome: z.literal('failed'),
      health,
      code: z.string(),
      message: z.string(),
      httpStatus: z.number().nullable(),
      milliseconds: z.object({ whole: z.number() }),
    }),
  ]),
})
