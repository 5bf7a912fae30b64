import { auditOperation } from '@/lib/access/audit'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, LongwatchError } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'
import { BUDGET_DOCUMENT, type Budget, budgets, monthOf, NO_BUDGET, spentCounter } from '@/lib/usage/collection'

export const BUDGET_STATES = ['none', 'below', 'warning', 'exhausted'] as const

/** How the month stands against its budget. */
export interface BudgetState {
  month: string
  usedUsd: number
  usedTokens: number
  /** `none`: no budget is set. */
  state: (typeof BUDGET_STATES)[number]
  /** A sentence for people; null while there is nothing to say. */
  message: string | null
  /** The beginning of the next month, UTC, Unix milliseconds. */
  resetsAt: number
}

export interface BudgetView extends BudgetState {
  budget: Budget
}

const nextMonth = (at: number) => {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

const dollars = (value: number) => `$${value.toLocaleString('en-US', { maximumFractionDigits: 2 })}`
const tokens = (value: number) => `${value.toLocaleString('en-US')} tokens`
const inWords = (at: number) =>
  new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** What the month took so far, and the budget that it is judged by. */
export interface Spending extends Pick<BudgetState, 'month' | 'usedUsd' | 'usedTokens' | 'resetsAt'> {
  budget: Budget
}

/** An organisation's spending as it is now. */
export async function readSpending(store: Store, organisationId: string, now = Date.now()): Promise<Spending> {
  const month = monthOf(now)
  const [found, usedUsd, usedTokens] = await Promise.all([
    budgets.get(store, organisationId, BUDGET_DOCUMENT),
    store.readCounter(organisationId, spentCounter(month, 'usd')),
    store.readCounter(organisationId, spentCounter(month, 'tokens')),
  ])
  return { budget: found?.body ?? NO_BUDGET, month, usedUsd, usedTokens, resetsAt: nextMonth(now) }
}

/** The budget and how the month stands, read now. */
export async function budgetOf(store: Store, organisation: Organisation): Promise<BudgetView> {
  const spending = await readSpending(store, organisation.id)
  return { ...spending, ...judge(spending, organisation) }
}

function judge(
  { budget, usedUsd, usedTokens, resetsAt }: Spending,
  organisation: Organisation,
): Pick<BudgetState, 'state' | 'message'> {
  const reached = (usd: number | null, count: number | null): string | null => {
    if (usd !== null && usedUsd >= usd) return `${dollars(usedUsd)} of ${dollars(usd)}`
    if (count !== null && usedTokens >= count) return `${tokens(usedTokens)} of ${tokens(count)}`
    return null
  }
  const exhausted = reached(budget.capUsd, budget.capTokens)
  if (exhausted)
    return {
      state: 'exhausted',
      message: `The budget of ${organisation.name} for this month is used up (${exhausted}). An administrator can raise it; it begins anew on ${inWords(resetsAt)} (UTC).`,
    }
  const warning = reached(budget.warnUsd, budget.warnTokens)
  if (warning) return { state: 'warning', message: `${organisation.name} has used ${warning} this month.` }
  return { state: Object.values(budget).some((limit) => limit !== null) ? 'below' : 'none', message: null }
}

/** Throws `rate_limited`, until the next month, when the budget is used up. */
export async function requireBudget(store: Store, organisation: Organisation): Promise<void> {
  requireWithin(await readSpending(store, organisation.id), organisation)
}

/** As `requireBudget`, of what was read already. */
export function requireWithin(spending: Spending, organisation: Organisation): void {
  const { state, message } = judge(spending, organisation)
  if (state !== 'exhausted' || message === null) return
  throw new LongwatchError('rate_limited', message, {
    retryAfterSeconds: Math.max(1, Math.ceil((spending.resetsAt - Date.now()) / 1000)),
  })
}

/** How the month stands, for every member. */
export async function getBudgetState(ctx: Ctx, input: { org?: string }): Promise<BudgetState> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const { budget: _, ...state } = await budgetOf(ctx.services.store, organisation)
  return state
}

/** The budget with how the month stands. Throws `forbidden` for all but admins. */
export async function getBudget(ctx: Ctx, input: { org?: string }): Promise<BudgetView> {
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  return budgetOf(ctx.services.store, organisation)
}

/** Changes the budget, at once. Throws `bad_request` that names the field, `forbidden` for all but admins. */
export async function changeBudget(ctx: Ctx, input: { org?: string } & Partial<Budget>): Promise<BudgetView> {
  const { store } = ctx.services
  const { org, ...change } = input
  const chosen = await chooseOrganisation(ctx, org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  await retryOnConflict(5, async () => {
    const found = await budgets.get(store, organisation.id, BUDGET_DOCUMENT)
    const before = found?.body ?? NO_BUDGET
    const after = { ...before, ...change }
    checkOrder('warnUsd', after.warnUsd, after.capUsd)
    checkOrder('warnTokens', after.warnTokens, after.capTokens)
    await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `budget:${randomId(12)}`,
      operations: [
        budgets.put(BUDGET_DOCUMENT, after, found ? { ifVersion: found.version } : { ifAbsent: true }),
        await auditOperation(ctx, {
          organisationId: organisation.id,
          action: 'budget.change',
          target: { kind: 'budget', id: BUDGET_DOCUMENT, name: organisation.name },
          before,
          after,
        }),
      ],
    })
  })
  return budgetOf(store, organisation)
}

function checkOrder(field: string, warn: number | null, cap: number | null): void {
  if (warn !== null && cap !== null && warn > cap)
    throw badRequest(field, 'The warning must not be above the cap: it would never be seen.')
}
