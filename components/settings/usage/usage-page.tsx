'use client'

import { Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { usageCsv } from '@/components/settings/usage/csv'
import { barsOf } from '@/components/settings/usage/days'
import { formatUsd } from '@/components/settings/usage/money'
import { UsageChart } from '@/components/settings/usage/usage-chart'
import { Button } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { Notice } from '@/components/ui/field'
import { formatCount } from '@/components/ui/format'
import { type Column, DataTable } from '@/components/ui/table'
import type { UsageGroup, UsageReport, UsageRow } from '@/lib/usage/report'

const DAY = 24 * 3_600_000
const TIMES = [
  { days: 7, label: '7 days' },
  { days: 31, label: '31 days' },
  { days: 92, label: '3 months' },
  { days: 366, label: 'A year' },
]
const GROUPS: { group: UsageGroup; label: string; header: string }[] = [
  { group: 'person', label: 'People', header: 'Who' },
  { group: 'model', label: 'Models', header: 'Model' },
  { group: 'session', label: 'Sessions', header: 'Session' },
  { group: 'day', label: 'Days', header: 'Day' },
]

/** Charts and tables of what was used: of everybody for admins, else of oneself. */
export function Usage({ organisationId, everybody }: { organisationId: string; everybody: boolean }) {
  const [days, setDays] = useState(31)
  const [group, setGroup] = useState<UsageGroup>(everybody ? 'person' : 'model')
  const [unit, setUnit] = useState<'tokens' | 'cost'>('tokens')
  const byDay = useReport(organisationId, days, 'day')
  const grouped = useReport(organisationId, days, group)
  const groups = GROUPS.filter((one) => everybody || one.group !== 'person')

  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Choice
          label="Time"
          value={String(days)}
          options={TIMES.map((time) => ({ value: String(time.days), label: time.label }))}
          onChange={(value) => setDays(Number(value))}
        />
        <Choice
          label="Unit"
          value={unit}
          options={[
            { value: 'tokens', label: 'Tokens' },
            { value: 'cost', label: 'Cost' },
          ]}
          onChange={setUnit}
        />
      </div>
      {byDay.failure && <Notice tone="danger">{byDay.failure}</Notice>}
      {byDay.report ? (
        <>
          <Totals report={byDay.report} />
          <UsageChart bars={barsOf(byDay.report.rows, byDay.report.from, byDay.report.to)} unit={unit} />
        </>
      ) : (
        <div className="h-56 animate-pulse rounded-lg bg-sunken" aria-hidden />
      )}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Choice
          label="By"
          value={group}
          options={groups.map((one) => ({ value: one.group, label: one.label }))}
          onChange={setGroup}
        />
        <Button
          size="small"
          disabled={!grouped.report || grouped.report.rows.length === 0}
          onClick={() => grouped.report && download(`usage-by-${group}.csv`, usageCsv(grouped.report.rows))}
          data-testid="usage-csv"
        >
          <Download size={14} aria-hidden />
          CSV
        </Button>
      </div>
      {grouped.failure && <Notice tone="danger">{grouped.failure}</Notice>}
      {grouped.report?.truncated && (
        <Notice tone="warn">There is more than one report reads: choose a shorter time.</Notice>
      )}
      {grouped.report && (
        <DataTable
          caption={`Usage by ${group}`}
          columns={columnsFor(GROUPS.find((one) => one.group === group)?.header ?? '')}
          rows={grouped.report.rows}
          rowKey={({ key }) => key}
          rowAttributes={({ key }) => ({ 'data-key': key })}
          empty="Nothing was used in this time."
        />
      )}
    </>
  )
}

function Totals({ report }: { report: UsageReport }) {
  const { total, unpriced } = report
  const facts = [
    { name: 'Runs', value: formatCount(total.runs) },
    { name: 'Tokens in', value: formatCount(total.inputTokens) },
    { name: 'Tokens out', value: formatCount(total.outputTokens) },
    { name: 'Tool calls', value: formatCount(total.toolCalls) },
    { name: unpriced ? 'Cost (where priced)' : 'Cost', value: formatUsd(total.costUsd) },
  ]
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-5" data-testid="usage-totals">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="text-lg font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const columnsFor = (header: string): Column<UsageRow>[] => [
  { key: 'name', header, plain: true, className: '@2xl:w-2/5 font-medium', cell: ({ name }) => name },
  { key: 'runs', header: 'Runs', align: 'right', cell: ({ runs }) => <Figure value={formatCount(runs)} /> },
  {
    key: 'in',
    header: 'Tokens in',
    align: 'right',
    cell: ({ inputTokens }) => <Figure value={formatCount(inputTokens)} />,
  },
  {
    key: 'out',
    header: 'Tokens out',
    align: 'right',
    cell: ({ outputTokens }) => <Figure value={formatCount(outputTokens)} />,
  },
  { key: 'cost', header: 'Cost', align: 'right', cell: ({ costUsd }) => <Figure value={formatUsd(costUsd)} /> },
]

const Figure = ({ value }: { value: string }) => <span className="tabular-nums">{value}</span>

function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: { value: Value; label: string }[]
  onChange: (value: Value) => void
}) {
  return (
    <fieldset className="flex flex-wrap rounded-lg border border-line bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={value === option.value}
          onClick={() => onChange(option.value)}
          className={cx(
            'h-7 rounded-md px-2.5 text-xs font-medium',
            value === option.value ? 'bg-surface shadow-rest' : 'text-muted hover:text-ink',
          )}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  )
}

/** The report of whole days up to the end of today, UTC. */
function useReport(organisationId: string, days: number, groupBy: UsageGroup) {
  const key = `${organisationId}/${days}/${groupBy}`
  const [state, setState] = useState<{ key: string; report: UsageReport | null; failure: string | null } | null>(null)
  useEffect(() => {
    const ended = new AbortController()
    const to = (Math.floor(Date.now() / DAY) + 1) * DAY
    const query = new URLSearchParams({ org: organisationId, from: String(to - days * DAY), to: String(to), groupBy })
    requestJson<UsageReport>(`/api/usage?${query}`, { signal: ended.signal }).then(
      (report) => setState({ key, report, failure: null }),
      (error: unknown) => {
        if (!ended.signal.aborted) setState({ key, report: null, failure: messageOf(error) })
      },
    )
    return () => ended.abort()
  }, [key, organisationId, days, groupBy])
  return state?.key === key ? state : { report: null, failure: null }
}

function download(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
