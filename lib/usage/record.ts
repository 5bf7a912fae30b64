import { principalKey } from '@/lib/access/types'
import type { Usage } from '@/lib/agent/events'
import type { Run } from '@/lib/runs/types'
import type { Operation, Store } from '@/lib/stores/contract'
import { monthOf, spentCounter, USAGE_KEPT, type UsageRecord, usageRecords } from '@/lib/usage/collection'

const recordOf = (
  run: Run,
  kind: UsageRecord['kind'],
  more: Pick<UsageRecord, 'model' | 'steps' | 'toolCalls' | 'at'>,
  usage: Usage,
): UsageRecord => ({
  kind,
  runId: run.id,
  sessionId: run.sessionId,
  principal: principalKey(run.principal),
  inputTokens: usage.inputTokens,
  outputTokens: usage.outputTokens,
  costUsd: usage.costUsd ?? null,
  ...more,
})

/** What a run took, to be part of the commit that settles it; the same id makes a repetition harmless. */
export function usageOperation(
  run: Run,
  totals: { usage: Usage; model: string | null; steps: number; toolCalls: number },
  at: number,
): Operation {
  const { usage, model, steps, toolCalls } = totals
  const record = recordOf(run, 'run', { model, steps, toolCalls, at }, usage)
  return usageRecords.put(run.id, record, { expiresIn: USAGE_KEPT })
}

/** What naming a session took: record and budget in one commit. */
export async function recordTitleUsage(store: Store, run: Run, input: { usage: Usage; model: string }): Promise<void> {
  const at = Date.now()
  const id = `${run.id}:title`
  const record = recordOf(run, 'title', { model: input.model, steps: 1, toolCalls: 0, at }, input.usage)
  await store.commit({
    partition: run.organisationId,
    operationId: `usage:${id}`,
    operations: [usageRecords.put(id, record, { expiresIn: USAGE_KEPT }), ...spentOperations(input.usage, at)],
  })
}

/** What was just spent, for the month's budget. */
export function spentOperations(usage: Usage, at: number): Operation[] {
  const month = monthOf(at)
  const count = (unit: 'usd' | 'tokens', by: number): Operation[] =>
    by > 0 ? [{ kind: 'count', counter: spentCounter(month, unit), by, expiresIn: USAGE_KEPT }] : []
  return [...count('tokens', usage.inputTokens + usage.outputTokens), ...count('usd', usage.costUsd ?? 0)]
}
