import { expect, it } from 'vitest'
import { usageCsv } from '@/components/settings/usage/csv'
import { barsOf } from '@/components/settings/usage/days'

const sums = { runs: 1, inputTokens: 10, outputTokens: 2, toolCalls: 0, costUsd: 0.5 }

it('a table of usage is CSV that no spreadsheet takes for a formula', () => {
  const csv = usageCsv([
    { key: 'user:1', name: '=HYPERLINK("http://x")', ...sums },
    { key: 'user:2', name: 'Ada, "the first"', ...sums },
  ])
  expect(csv.split('\r\n')).toEqual([
    'key,name,runs,input tokens,output tokens,tool calls,cost (USD)',
    `user:1,"'=HYPERLINK(""http://x"")",1,10,2,0,0.5`,
    'user:2,"Ada, ""the first""",1,10,2,0,0.5',
    '',
  ])
})

it('days without usage have their place in the chart', () => {
  const from = Date.UTC(2026, 10, 1)
  const bars = barsOf([{ key: '2026-11-02', name: '2026-11-02', ...sums }], from, Date.UTC(2026, 10, 4))
  expect(bars.map(({ day, tokens }) => [day, tokens])).toEqual([
    ['2026-11-01', 0],
    ['2026-11-02', 12],
    ['2026-11-03', 0],
  ])
  expect(barsOf([], from, from)).toEqual([])
})
