import { z } from 'zod'
import { decodeSecretKeys, keepSecret, newSecretKey, newSessionSecret, type SecretKey } from './secrets/keys.ts'

/** What the environment says, validated. Nothing else reads `process.env`. */
export interface Env {
  production: boolean
  vercel: boolean
  /** The demo offers its accounts on the sign-in page. Set by the demo's script only; it needs a loopback `HOST`. */
  demo: boolean
  host: string
  port: number
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  dataDirectory: string
  store: { kind: 'sqlite' } | { kind: 'redis'; url: string } | { kind: 'upstash'; url: string; token: string }
  /** The path under which the application stands; empty at the root. The build has it built in. */
  basePath: string
  /** `NEXTAUTH_URL`, with the base path; null: the request's own host is believed. */
  baseUrl: string | null
  sessionSecret: string
  /** The first one seals, all of them open. */
  secretKeys: [SecretKey, ...SecretKey[]]
  provisioning: string | null
  model: EnvironmentModel | null
  grafana: { url: string; token: string | null } | null
  dataSources: EnvironmentDataSource[]
  leaseSeconds: number
  /** The platform ends an invocation after so many seconds; null: it lives as long as the process. */
  maxDurationSeconds: number | null
  /** Where the deployment reaches itself; null: unknown. */
  ownUrl: string | null
  /** Opens a protected deployment to the calls that it makes to itself. */
  protectionBypass: string | null
  cronSecret: string | null
  /** Runs that this process executes at the same time. */
  runsPerProcess: number
  /** Of each principal, over all instances. */
  requestsPerMinute: number
  metricsToken: string | null
  /** CIDRs. */
  allowedNetworks: string[]
  oidc: {
    issuer: string
    clientId: string
    clientSecret: string
    roleClaim: string | null
    /** Addresses count as verified although the issuer does not say so. */
    trustEmail: boolean
  } | null
}

export interface EnvironmentModel {
  provider: 'openai' | 'openai-compatible'
  /** Null for OpenAI itself. */
  baseUrl: string | null
  apiKey: string | null
  /** Null only for OpenAI: the resolver's default. */
  model: string | null
  contextTokens: number | null
  maxOutputTokens: number | null
  /** Null: as is known of the model. */
  takesImages: boolean | null
}

export interface EnvironmentDataSource {
  type: 'prometheus' | 'loki' | 'tempo' | 'alertmanager'
  url: string
  credentials: { kind: 'none' } | { kind: 'basic'; user: string; password: string } | { kind: 'bearer'; token: string }
}

export interface EnvironmentProblem {
  name: string
  expected: string
}

/** The environment does not allow a start; the message lists every variable at fault, never a value. */
export class EnvironmentError extends Error {
  readonly problems: EnvironmentProblem[]

  constructor(problems: EnvironmentProblem[]) {
    super(
      `The environment is not usable:\n${problems.map(({ name, expected }) => `  ${name}: ${expected}`).join('\n')}`,
    )
    this.name = 'EnvironmentError'
    this.problems = problems
  }
}

const text = z.string().optional()
const flag = z.enum(['0', '1', 'true', 'false'], 'expected 1 or 0').optional()
const isCidr = (value: string) => z.union([z.cidrv4(), z.cidrv6()]).safeParse(value).success

const address = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'expected an http or https URL')
  .optional()

/** As Next.js takes it: `/longwatch`, several levels, no slash at its end. */
const basePath = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9_-]+){1,5}$/, 'expected a path like /longwatch, without a slash at its end')

function integer(minimum: number, maximum: number) {
  const expected = `expected a whole number from ${minimum} to ${maximum}`
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected)
    .optional()
}

const schema = z.object({
  NODE_ENV: text,
  VERCEL: text,
  VERCEL_URL: text,
  VERCEL_AUTOMATION_BYPASS_SECRET: text,
  HOST: text,
  PORT: integer(0, 65_535),
  DATA_DIR: text,
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'expected redis://host:port or rediss://host:port')
    .optional(),
  UPSTASH_REDIS_REST_URL: address,
  UPSTASH_REDIS_REST_TOKEN: text,
  LONGWATCH_BASE_PATH: basePath.optional(),
  NEXTAUTH_URL: address,
  NEXTAUTH_SECRET: z.string().min(16, 'expected at least 16 characters').optional(),
  LONGWATCH_SECRET_KEY: z
    .string()
    .refine(
      (value) => decodeSecretKeys(value) !== null,
      'expected keyId:base64 of 32 bytes, several separated by commas',
    )
    .optional(),
  LONGWATCH_PROVISIONING: text,
  LONGWATCH_LEASE_SECONDS: integer(1, 3600),
  LONGWATCH_MAX_DURATION: integer(5, 86_400),
  CRON_SECRET: z.string().min(16, 'expected at least 16 characters').optional(),
  LONGWATCH_RUNS_PER_PROCESS: integer(1, 100_000),
  LONGWATCH_REQUESTS_PER_MINUTE: integer(1, 10_000_000),
  LONGWATCH_ALLOWED_NETWORKS: z
    .string()
    .refine((value) => splitList(value).every(isCidr), 'expected networks like 10.0.0.0/8, separated by commas')
    .optional(),
  LONGWATCH_DEMO: flag,
  LONGWATCH_LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'expected fatal, error, warn, info, debug, trace or silent',
    )
    .optional(),
  LLM_BASE_URL: address,
  LLM_API_KEY: text,
  LLM_MODEL: text,
  LLM_CONTEXT_TOKENS: integer(1000, 100_000_000),
  LLM_MAX_OUTPUT_TOKENS: integer(16, 10_000_000),
  LLM_IMAGES: flag,
  OPENAI_API_KEY: text,
  GRAFANA_URL: address,
  GRAFANA_SERVICE_ACCOUNT_TOKEN: text,
  PROMETHEUS_URL: address,
  PROMETHEUS_USER: text,
  PROMETHEUS_PASSWORD: text,
  PROMETHEUS_TOKEN: text,
  LOKI_URL: address,
  LOKI_USER: text,
  LOKI_PASSWORD: text,
  LOKI_TOKEN: text,
  TEMPO_URL: address,
  TEMPO_USER: text,
  TEMPO_PASSWORD: text,
  TEMPO_TOKEN: text,
  ALERTMANAGER_URL: address,
  ALERTMANAGER_USER: text,
  ALERTMANAGER_PASSWORD: text,
  ALERTMANAGER_TOKEN: text,
  METRICS_TOKEN: z.string().min(8, 'expected at least 8 characters').optional(),
  OIDC_ISSUER: address,
  OIDC_CLIENT_ID: text,
  OIDC_CLIENT_SECRET: text,
  OIDC_ROLE_CLAIM: text,
  OIDC_TRUST_EMAIL: flag,
})

/** As `maxDuration` of the routes that execute runs, and of `vercel.json`. */
const VERCEL_DURATION = 300

type Variables = z.output<typeof schema>

/** Every variable that Longwatch reads; a test holds `.env.example` against it. */
export const ENVIRONMENT_VARIABLES = Object.keys(schema.shape)

const splitList = (value: string) => value.split(/[\s,]+/).filter(Boolean)
const isOn = (value: string | undefined) => value === '1' || value === 'true'
/** Whether an address to listen on is this machine only. */
export const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Reads and validates the environment; an empty variable counts as absent. On SQLite the secrets that are not given
 * are made once and kept under `DATA_DIR`. Throws `EnvironmentError` that names every variable at fault.
 */
export function loadEnv(
  source: Record<string, string | undefined> = process.env,
  /** Undefined where nothing was built: in tests and tools. */
  builtBasePath: string | undefined = process.env.LONGWATCH_BUILT_BASE_PATH,
): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  const problems: EnvironmentProblem[] = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ name: String(issue.path[0]), expected: issue.message }))
  problems.push(...findContradictions(given), ...findWrongPaths(given, builtBasePath))
  if (!parsed.success || problems.length > 0) throw new EnvironmentError(problems)
  return build(parsed.data)
}

/** What each variable alone cannot tell. */
function findContradictions(given: Record<string, string | undefined>): EnvironmentProblem[] {
  const problems: EnvironmentProblem[] = []
  const want = (condition: unknown, name: string, expected: string) => {
    if (!condition) problems.push({ name, expected })
  }
  const upstash = given.UPSTASH_REDIS_REST_URL
  if (upstash) want(given.UPSTASH_REDIS_REST_TOKEN, 'UPSTASH_REDIS_REST_TOKEN', 'expected with UPSTASH_REDIS_REST_URL')
  if (given.UPSTASH_REDIS_REST_TOKEN) want(upstash, 'UPSTASH_REDIS_REST_URL', 'expected with UPSTASH_REDIS_REST_TOKEN')
  want(!(given.REDIS_URL && upstash), 'REDIS_URL', 'expected without UPSTASH_REDIS_REST_URL: choose one of the two')
  if (given.REDIS_URL || upstash) {
    want(given.NEXTAUTH_SECRET, 'NEXTAUTH_SECRET', 'expected when Redis is used, the same on every instance')
    want(given.LONGWATCH_SECRET_KEY, 'LONGWATCH_SECRET_KEY', 'expected when Redis is used, the same on every instance')
  } else {
    want(!given.VERCEL, 'REDIS_URL', 'expected on Vercel, or UPSTASH_REDIS_REST_URL: the disk does not last there')
  }
  if (given.LLM_BASE_URL) want(given.LLM_MODEL, 'LLM_MODEL', 'expected with LLM_BASE_URL')
  if (given.LLM_MODEL)
    want(
      given.LLM_BASE_URL || given.LLM_API_KEY || given.OPENAI_API_KEY,
      'LLM_BASE_URL',
      'expected with LLM_MODEL, or LLM_API_KEY or OPENAI_API_KEY for OpenAI itself',
    )
  for (const source of ['PROMETHEUS', 'LOKI', 'TEMPO', 'ALERTMANAGER']) {
    const [user, password, token] = ['USER', 'PASSWORD', 'TOKEN'].map((part) => given[`${source}_${part}`])
    if (user || password || token)
      want(given[`${source}_URL`], `${source}_URL`, `expected with the credentials of ${source}`)
    want(!user === !password, user ? `${source}_PASSWORD` : `${source}_USER`, 'expected: user and password go together')
    want(!(token && user), `${source}_TOKEN`, `expected without ${source}_USER: choose one of the two`)
  }
  const oidc = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']
  if (oidc.some((name) => given[name]))
    for (const name of oidc) want(given[name], name, `expected with the other two of ${oidc.join(', ')}`)
  if (isOn(given.LONGWATCH_DEMO) && given.HOST)
    want(isLoopback(given.HOST), 'HOST', 'expected a loopback address such as 127.0.0.1 in the demo')
  return problems
}

/** Where next-auth's own documentation wants its address to end. */
const AUTH_PATH = /\/api\/auth$/

const pathOf = (url: string) => new URL(url).pathname.replace(/\/+$/, '').replace(AUTH_PATH, '')

/** The base path is part of the build: a process that is told another one would send its visitors astray. */
function findWrongPaths(given: Record<string, string | undefined>, built: string | undefined): EnvironmentProblem[] {
  const path = given.LONGWATCH_BASE_PATH ?? ''
  const problems: EnvironmentProblem[] = []
  if (built !== undefined && built !== path) {
    const expected = `expected ${built === '' ? 'to be absent' : built}, as when it was built; build again for another path`
    problems.push({ name: 'LONGWATCH_BASE_PATH', expected })
  }
  if (address.safeParse(given.NEXTAUTH_URL).success && given.NEXTAUTH_URL && pathOf(given.NEXTAUTH_URL) !== path) {
    const expected =
      path === '' ? 'expected without a path, or with it as LONGWATCH_BASE_PATH' : `expected to end in ${path}`
    problems.push({ name: 'NEXTAUTH_URL', expected })
  }
  return problems
}

function build(variables: Variables): Env {
  const basePath = variables.LONGWATCH_BASE_PATH ?? ''
  const baseUrl = variables.NEXTAUTH_URL === undefined ? null : new URL(variables.NEXTAUTH_URL).origin + basePath
  const dataDirectory = variables.DATA_DIR ?? './data'
  const demo = isOn(variables.LONGWATCH_DEMO)
  return {
    production: variables.NODE_ENV === 'production',
    vercel: variables.VERCEL !== undefined,
    demo,
    host: variables.HOST ?? (demo ? '127.0.0.1' : '0.0.0.0'),
    port: variables.PORT ?? 3000,
    logLevel: variables.LONGWATCH_LOG_LEVEL ?? 'info',
    dataDirectory,
    store: chooseStore(variables),
    basePath,
    baseUrl,
    // Only SQLite gets here without secrets: findContradictions wants them with Redis.
    sessionSecret: variables.NEXTAUTH_SECRET ?? keepSecret(dataDirectory, 'session-secret', newSessionSecret),
    secretKeys: readSecretKeys(variables.LONGWATCH_SECRET_KEY, dataDirectory),
    provisioning: variables.LONGWATCH_PROVISIONING ?? null,
    model: chooseModel(variables),
    grafana: variables.GRAFANA_URL
      ? { url: variables.GRAFANA_URL, token: variables.GRAFANA_SERVICE_ACCOUNT_TOKEN ?? null }
      : null,
    dataSources: (['prometheus', 'loki', 'tempo', 'alertmanager'] as const).flatMap((type) =>
      readDataSource(type, variables),
    ),
    leaseSeconds: variables.LONGWATCH_LEASE_SECONDS ?? 10,
    maxDurationSeconds: variables.LONGWATCH_MAX_DURATION ?? (variables.VERCEL === undefined ? null : VERCEL_DURATION),
    ownUrl: baseUrl ?? (variables.VERCEL_URL ? `https://${variables.VERCEL_URL}${basePath}` : null),
    protectionBypass: variables.VERCEL_AUTOMATION_BYPASS_SECRET ?? null,
    cronSecret: variables.CRON_SECRET ?? null,
    runsPerProcess: variables.LONGWATCH_RUNS_PER_PROCESS ?? 500,
    requestsPerMinute: variables.LONGWATCH_REQUESTS_PER_MINUTE ?? 3000,
    metricsToken: variables.METRICS_TOKEN ?? null,
    allowedNetworks: splitList(variables.LONGWATCH_ALLOWED_NETWORKS ?? ''),
    oidc:
      variables.OIDC_ISSUER && variables.OIDC_CLIENT_ID && variables.OIDC_CLIENT_SECRET
        ? {
            issuer: variables.OIDC_ISSUER,
            clientId: variables.OIDC_CLIENT_ID,
            clientSecret: variables.OIDC_CLIENT_SECRET,
            roleClaim: variables.OIDC_ROLE_CLAIM ?? null,
            trustEmail: isOn(variables.OIDC_TRUST_EMAIL),
          }
        : null,
  }
}

function readSecretKeys(given: string | undefined, dataDirectory: string): [SecretKey, ...SecretKey[]] {
  const keys = decodeSecretKeys(given ?? keepSecret(dataDirectory, 'secret-key', newSecretKey))
  if (!keys)
    throw new EnvironmentError([
      {
        name: 'DATA_DIR',
        expected: 'expected its file secrets/secret-key to hold keyId:base64; restore it from a copy',
      },
    ])
  return keys
}

function chooseStore(variables: Variables): Env['store'] {
  if (variables.REDIS_URL) return { kind: 'redis', url: variables.REDIS_URL }
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = variables
  return url && token ? { kind: 'upstash', url, token } : { kind: 'sqlite' }
}

function chooseModel(variables: Variables): EnvironmentModel | null {
  const apiKey = variables.LLM_API_KEY ?? variables.OPENAI_API_KEY ?? null
  const baseUrl = variables.LLM_BASE_URL ?? null
  if (!apiKey && !baseUrl) return null
  return {
    provider: baseUrl ? 'openai-compatible' : 'openai',
    baseUrl,
    // OpenAI's own key is not shown to another endpoint.
    apiKey: baseUrl ? (variables.LLM_API_KEY ?? null) : apiKey,
    model: variables.LLM_MODEL ?? null,
    contextTokens: variables.LLM_CONTEXT_TOKENS ?? null,
    maxOutputTokens: variables.LLM_MAX_OUTPUT_TOKENS ?? null,
    takesImages: variables.LLM_IMAGES === undefined ? null : isOn(variables.LLM_IMAGES),
  }
}

function readDataSource(type: EnvironmentDataSource['type'], variables: Variables): EnvironmentDataSource[] {
  const prefix = type.toUpperCase() as Uppercase<EnvironmentDataSource['type']>
  const url = variables[`${prefix}_URL`]
  if (!url) return []
  const user = variables[`${prefix}_USER`]
  const password = variables[`${prefix}_PASSWORD`]
  const token = variables[`${prefix}_TOKEN`]
  if (token) return [{ type, url, credentials: { kind: 'bearer', token } }]
  if (user && password) return [{ type, url, credentials: { kind: 'basic', user, password } }]
  return [{ type, url, credentials: { kind: 'none' } }]
}

const shared = globalThis as typeof globalThis & { longwatchEnvironment?: Env }

/** The process's environment, read once. Throws `EnvironmentError`. */
export function env(): Env {
  if (!shared.longwatchEnvironment) provideEnv(loadEnv())
  return shared.longwatchEnvironment as Env
}

/** Puts an environment in the place of the process's own (the start, tests, tools). */
export function provideEnv(environment: Env): void {
  shared.longwatchEnvironment = environment
  // next-auth reads the process's variables itself: without NEXTAUTH_URL it shall believe the request's host.
  if (environment.baseUrl === null) process.env.AUTH_TRUST_HOST = '1'
  // Under a path it wants to be told where its own routes stand.
  else if (environment.basePath !== '') process.env.NEXTAUTH_URL = `${environment.baseUrl}/api/auth`
}

/** A variable that a provisioning file names as `${NAME}`; undefined when it is not set. */
export const environmentVariable = (name: string): string | undefined => process.env[name]
