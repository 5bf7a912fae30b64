import { chooseOrganisation } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { type Principal, principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest } from '@/lib/errors'
import { sessions } from '@/lib/sessions/collection'
import { encodeCursor } from '@/lib/stores/collection'
import { type UsageRecord, usageRecords } from '@/lib/usage/collection'

export const USAGE_GROUPS = ['day', 'person', 'model', 'session'] as const
export type UsageGroup = (typeof USAGE_GROUPS)[number]

export interface UsageRow {
  /** A day (`2026-11-25`, UTC), a principal's key, a model's name, or a session's id. */
  key: string
  /** What people call it. */
  name: string
  runs: number
  inputTokens: number
  outputTokens: number
  toolCalls: number
  /** What the runs of models with prices cost. */
  costUsd: number
}

export interface UsageReport {
  from: number
  to: number
  rows: UsageRow[]
  total: Omit<UsageRow, 'key' | 'name'>
  /** Some of it was used by models without prices. */
  unpriced: boolean
  /** There is more than one report reads; choose a shorter time. */
  truncated: boolean
}

export interface UsageInput {
  org?: string
  /** Unix milliseconds; `to` is not part of it. */
  from: number
  to: number
  groupBy: UsageGroup
}

const PAGE = 900
const MOST_PAGES = 200
const MOST_DAYS = 400

/**
 * What was used between two moments, grouped. Admins see the organisation's, everybody else their own. Throws `bad_request`
 * for a time that is none.
 */
export async function reportUsage(ctx: Ctx, input: UsageInput): Promise<UsageReport> {
  const { from, to, groupBy } = input
  if (to <= from) throw badRequest('to', 'The end must come after the beginning.')
  if (to - from > MOST_DAYS * 24 * 3_600_000) throw badRequest('from', `At most ${MOST_DAYS} days.`)
  const { organisation, role } = await chooseOrganisation(ctx, input.org)
  const place =
    role === 'admin' ? { index: 'all', group: 'all' } : { index: 'principal', group: principalKey(ctx.principal) }
  const sums = new Sums(groupBy)
  let cursor: string | null = encodeCursor({ sort: from - 0.5, id: '~' })
  for (let pages = 0; cursor && pages < MOST_PAGES; pages += 1) {
    const list = { ...place, order: 'ascending', limit: PAGE, cursor } as const
    const page: Awaited<ReturnType<typeof usageRecords.list>> = await usageRecords.list(
      ctx.services.store,
      organisation.id,
      list,
    )
    const wanted = page.items.filter(({ body }) => body.at < to)
    for (const { body } of wanted) sums.add(body)
    cursor = wanted.length < page.items.length ? null : page.nextCursor
  }
  const rows = sums.sorted()
  if (groupBy === 'person') await namePeople(ctx, organisation.id, rows)
  if (groupBy === 'session') await nameSessions(ctx, organisation.id, rows)
  return { from, to, rows, total: sums.total, unpriced: sums.unpriced, truncated: cursor !== null }
}

const NOTHING = { runs: 0, inputTokens: 0, outputTokens: 0, toolCalls: 0, costUsd: 0 }

class Sums {
  readonly total: UsageReport['total'] = { ...NOTHING }
  unpriced = false
  private readonly groupBy: UsageGroup
  private readonly rows = new Map<string, UsageRow>()

  constructor(groupBy: UsageGroup) {
    this.groupBy = groupBy
  }

  add(record: UsageRecord): void {
    this.unpriced ||= record.costUsd === null
    const key = keyOf(record, this.groupBy)
    const row = this.rows.get(key) ?? { key, name: key, ...NOTHING }
    this.rows.set(key, row)
    for (const sum of [row, this.total]) {
      if (record.kind === 'run') sum.runs += 1
      sum.inputTokens += record.inputTokens
      sum.outputTokens += record.outputTokens
      sum.toolCalls += record.toolCalls
      sum.costUsd += record.costUsd ?? 0
    }
  }

  /** Days in their order, everything else the largest first. */
  sorted(): UsageRow[] {
    const rows = [...this.rows.values()]
    if (this.groupBy === 'day') return rows.sort((a, b) => (a.key < b.key ? -1 : 1))
    return rows.sort((a, b) => b.inputTokens + b.outputTokens - a.inputTokens - a.outputTokens)
  }
}

function keyOf(record: UsageRecord, groupBy: UsageGroup): string {
  switch (groupBy) {
    case 'day':
      return new Date(record.at).toISOString().slice(0, 10)
    case 'person':
      return record.principal
    case 'model':
      return record.model ?? 'none'
    case 'session':
      return record.sessionId
  }
}

async function namePeople(ctx: Ctx, organisationId: string, rows: UsageRow[]): Promise<void> {
  const name = async (row: UsageRow) => {
    row.name = await nameOf(ctx.services.store, principalOf(row.key, organisationId))
  }
  await Promise.all(rows.map(name))
}

const NAMES_AT_ONCE = 200

/** A private conversation's title is its owner's, whoever pays for it. */
async function nameSessions(ctx: Ctx, organisationId: string, rows: UsageRow[]): Promise<void> {
  const own = principalKey(ctx.principal)
  for (let at = 0; at < rows.length; at += NAMES_AT_ONCE) {
    const part = rows.slice(at, at + NAMES_AT_ONCE)
    const ids = part.map(({ key }) => key)
    const found = await sessions.getMany(ctx.services.store, organisationId, ids)
    for (const [position, row] of part.entries()) {
      const session = found[position]?.body
      const isVisible = session && (session.visibility === 'organisation' || session.owner === own)
      row.name = session ? (isVisible ? session.title : 'A private session') : 'A deleted session'
    }
  }
}

function principalOf(key: string, organisationId: string): Principal {
  const [kind, id = ''] = key.split(/:(.*)/s)
  return kind === 'token' ? { kind, id, organisationId } : { kind: 'user', id }
}
