'use client'

import { CircleDollarSign } from 'lucide-react'
import { useEffect, useState } from 'react'
import { requestJson } from '@/components/api/request'
import { cx } from '@/components/ui/cx'
import type { BudgetState } from '@/lib/usage/budget'

const REFRESH = 60_000

/** Above the composer when the month's budget is nearly or wholly used up; asked for while somebody looks. */
export function BudgetNote({ organisationId }: { organisationId: string }) {
  const [budget, setBudget] = useState<BudgetState | null>(null)
  useEffect(() => {
    const ended = new AbortController()
    const refresh = () => {
      if (document.visibilityState !== 'visible') return
      // What cannot be asked now stays as it was.
      requestJson<BudgetState>(`/api/budget?org=${organisationId}`, { signal: ended.signal }).then(
        (state) => !ended.signal.aborted && setBudget(state),
        () => undefined,
      )
    }
    refresh()
    const timer = setInterval(refresh, REFRESH)
    document.addEventListener('visibilitychange', refresh)
    return () => {
      ended.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', refresh)
    }
  }, [organisationId])
  if (!budget?.message) return null
  const exhausted = budget.state === 'exhausted'
  return (
    <p
      data-testid="budget-note"
      data-state={budget.state}
      className={cx(
        'mb-2 flex items-start gap-2 rounded-lg px-3 py-2 text-sm',
        exhausted ? 'bg-danger-soft text-danger' : 'bg-warn-soft text-warn',
      )}
    >
      <CircleDollarSign size={15} aria-hidden className="mt-0.5 shrink-0" />
      {budget.message}
    </p>
  )
}
