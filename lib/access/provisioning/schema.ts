import { z } from 'zod'
import { someLimits } from '@/lib/access/limits'
import { SLUG } from '@/lib/access/organisations'
import { PASSWORD_BYTES } from '@/lib/access/passwords'
import { TOKEN_VALUE } from '@/lib/access/tokens'
import { RISKS, ROLES, TOOL_POLICIES } from '@/lib/access/types'
import { PROVIDERS } from '@/lib/models/config'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const duration = z
  .string('expected a duration such as 10s')
  .regex(/^[1-9]\d{0,6}(ms|s|m|h)$/, 'expected a duration such as 10s, 500ms or 2m')
  .transform((value) => Number.parseInt(value, 10) * UNITS[value.replace(/^\d+/, '') as keyof typeof UNITS])

const itemName = z.string().regex(/^[a-z0-9-]{1,32}$/, 'expected 1 to 32 small letters, digits and hyphens')
const url = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'expected an http or https URL')
const role = z.enum(ROLES)
const risk = z.enum(RISKS)
const toolPolicy = z.enum(TOOL_POLICIES)

const user = z.strictObject({
  email: z.email('expected an e-mail address'),
  name: z.string().min(1).max(100),
  password: z
    .string()
    .min(PASSWORD_BYTES.minimum, `expected at least ${PASSWORD_BYTES.minimum} characters`)
    .max(PASSWORD_BYTES.maximum)
    .optional(),
  serverAdmin: z.boolean().default(false),
})

const token = z.strictObject({
  name: z.string().min(1).max(100),
  role,
  value: z.string().regex(TOKEN_VALUE, 'expected lw_ and letters, digits, - or _, at least 32 characters in all'),
})

const model = z
  .strictObject({
    name: z.string().trim().min(1).max(60).optional(),
    provider: z.enum(PROVIDERS),
    baseUrl: url.optional(),
    apiKey: z.string().optional(),
    model: z.string().min(1).max(200),
    contextTokens: z.number().int().min(1000).default(128_000),
    maxOutputTokens: z.number().int().min(16).optional(),
    takesImages: z.boolean().optional(),
    prices: z.strictObject({ input: z.number().min(0), output: z.number().min(0) }).optional(),
  })
  .refine((value) => value.provider === 'openai' || value.baseUrl, {
    path: ['baseUrl'],
    message: 'expected with every provider but openai',
  })

const shared = {
  name: itemName,
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected a header name'), z.string())
    .default({}),
  timeouts: z
    .strictObject({ dial: duration.optional(), list: duration.optional(), call: duration.optional() })
    .default({}),
  reviewed: z.boolean().default(false),
  policy: z.partialRecord(role, z.partialRecord(risk, toolPolicy)).default({}),
  tools: z
    .record(z.string(), z.strictObject({ risk: risk.optional(), policy: z.partialRecord(role, toolPolicy).optional() }))
    .default({}),
  enabled: z.boolean().default(true),
}

const mcpServer = z.discriminatedUnion('transport', [
  z.strictObject({ ...shared, transport: z.literal('streamable-http'), url }),
  z.strictObject({ ...shared, transport: z.literal('sse'), url }),
  z.strictObject({
    ...shared,
    transport: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
])

const dataSource = z
  .strictObject({
    type: z.enum(['prometheus', 'loki', 'tempo', 'alertmanager']),
    name: itemName,
    url,
    user: z.string().min(1).optional(),
    password: z.string().optional(),
    token: z.string().min(1).optional(),
  })
  .refine((value) => (value.user === undefined) === (value.password === undefined), {
    path: ['user'],
    message: 'expected: user and password go together',
  })
  .refine((value) => !(value.user && value.token), { path: ['token'], message: 'expected without user and password' })

const organisation = z.strictObject({
  slug: z.string().regex(SLUG, 'expected 1 to 40 small letters, digits and hyphens, no hyphen at either end'),
  name: z.string().min(1).max(100),
  externalId: z.string().max(200).optional(),
  limits: someLimits.optional(),
  members: z.array(z.strictObject({ email: z.email('expected an e-mail address'), role })).default([]),
  tokens: z.array(token).default([]),
  model: model.optional().describe('The default one'),
  models: z.array(model).default([]),
  mcpServers: z.array(mcpServer).default([]),
  dataSources: z.array(dataSource).default([]),
})

/** One provisioning file. */
export const provisioningFile = z.strictObject({
  users: z.array(user).default([]),
  organisations: z.array(organisation).default([]),
})

export type Provisioning = z.output<typeof provisioningFile>
export type ProvisionedUser = z.output<typeof user>
export type ProvisionedOrganisation = z.output<typeof organisation>
export type ProvisionedToken = z.output<typeof token>
export type ProvisionedModel = z.output<typeof model>
export type ProvisionedMcpServer = z.output<typeof mcpServer>
export type ProvisionedDataSource = z.output<typeof dataSource>
