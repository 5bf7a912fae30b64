import { chooseOrganisation } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { mayUse, policyFor } from '@/lib/mcp/policy'
import type { ToolDescriptor, ToolOutcome } from '@/lib/mcp/types'

export interface Suggestion {
  /** What would be asked. */
  question: string
  /** An alert that fires now, or what the organisation's tools can tell. */
  from: 'alert' | 'tools'
}

const MOST = 6
const MOST_ALERTS = 3
/** An empty page does not wait for a slow server. */
const PATIENCE = 2_000
/** How long firing alerts are believed, so that opening a page is no load on anybody. */
const BELIEVED = 30_000
const MOST_REMEMBERED = 1_000

const QUESTIONS: { about: RegExp; question: string }[] = [
  { about: /alert/i, question: 'What is firing, and since when?' },
  { about: /metric|promql|prometheus|timeseries/i, question: 'Which services are slow right now, and since when?' },
  { about: /\blogs?\b|loki|logql/i, question: 'Which errors in the logs are new in the last hour?' },
  { about: /trace|span|tempo|jaeger/i, question: 'Where does the time go in the slowest requests?' },
  { about: /deploy|release|rollout/i, question: 'What was deployed lately, and what changed after it?' },
  { about: /dashboard/i, question: 'Which dashboards show how our services are?' },
  { about: /incident|on.?call/i, question: 'Which incidents are open, and who works on them?' },
]

const remembered = new Map<string, { names: Promise<string[]>; until: number }>()

/**
 * Questions to begin with: about alerts that fire now, then about what the tools that the caller's role may use can tell. A
 * server that is slow or away leaves its part out. Throws `not_found` for strangers.
 */
export async function suggestQuestions(ctx: Ctx, input: { org?: string }): Promise<{ suggestions: Suggestion[] }> {
  const { organisation, role } = await chooseOrganisation(ctx, input.org)
  const user = await userOf(ctx.services.store, ctx.principal)
  const listing = ctx.services.tools.catalogue(organisation, user)
  listing.catch(() => undefined)
  const listed = await inTime(listing, null)
  if (!listed) return { suggestions: [] }
  const tools = listed.tools.filter((tool) => mayUse(tool, role))
  const askable = tools.find((tool) => isAlertList(tool) && policyFor(tool, role) === 'auto')
  const key = `${organisation.id}:${principalKey(ctx.principal)}`
  const alerts = askable ? await firing(key, () => readAlerts(ctx, organisation, user, askable)) : []
  return { suggestions: [...alerts.map(aboutAlert), ...aboutTools(tools)].slice(0, MOST) }
}

/** Exported for tests. */
export const aboutTools = (tools: Pick<ToolDescriptor, 'toolName' | 'title'>[]): Suggestion[] =>
  QUESTIONS.filter(({ about }) =>
    tools.some(({ toolName, title }) => about.test(`${toolName.replaceAll('_', ' ')} ${title}`)),
  ).map(({ question }) => ({ question, from: 'tools' }))

const aboutAlert = (name: string): Suggestion => ({ question: `Why is ${name} firing?`, from: 'alert' })

/** A tool that lists alerts when it is called without arguments, and changes nothing. */
function isAlertList(tool: ToolDescriptor): boolean {
  const required = tool.inputSchema.required
  const needsNothing = !Array.isArray(required) || required.length === 0
  return tool.risk === 'read' && needsNothing && /^(list_|get_)?(active_|alertmanager_)?alerts$/.test(tool.toolName)
}

async function firing(key: string, read: () => Promise<string[]>): Promise<string[]> {
  const known = remembered.get(key)
  if (known && known.until > Date.now()) return known.names
  const names = read().catch(() => [])
  remembered.delete(key)
  remembered.set(key, { names, until: Date.now() + BELIEVED })
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
  return names
}

async function readAlerts(
  ctx: Ctx,
  organisation: Parameters<Ctx['services']['tools']['catalogue']>[0],
  user: Parameters<Ctx['services']['tools']['catalogue']>[1],
  tool: ToolDescriptor,
): Promise<string[]> {
  const signal = AbortSignal.timeout(PATIENCE)
  const call = {
    organisation,
    principal: ctx.principal,
    user,
    tool,
    arguments: {},
    signal,
    beforeSend: () => undefined,
  }
  return firingIn(await ctx.services.tools.call(call))
}

/** The names of the alerts that fire, whoever tells them; each once, short, on one line. Exported for tests. */
export function firingIn(outcome: ToolOutcome): string[] {
  if (outcome.status !== 'ok') return []
  const { alerts } = (outcome.structured ?? {}) as { alerts?: unknown }
  if (!Array.isArray(alerts)) return []
  const names = alerts.flatMap((alert: unknown) => {
    if (typeof alert !== 'object' || alert === null) return []
    const { state, name, alert: other, labels } = alert as Record<string, unknown>
    if (state !== 'firing' && state !== 'active') return []
    const label = (labels as { alertname?: unknown } | undefined)?.alertname
    const found = [name, other, label].find((value): value is string => typeof value === 'string' && value !== '')
    return found
      ? [
          found
            .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
            .trim()
            .slice(0, 80),
        ]
      : []
  })
  return [...new Set(names)].filter(Boolean).slice(0, MOST_ALERTS)
}

async function inTime<T>(work: Promise<T>, otherwise: null): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(otherwise), PATIENCE)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
