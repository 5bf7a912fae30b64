'use client'

import { useState } from 'react'
import type { DayBar } from '@/components/settings/usage/days'
import { formatUsd } from '@/components/settings/usage/money'
import { cx } from '@/components/ui/cx'
import { formatCount } from '@/components/ui/format'

const inWords = (day: string) =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** Tokens, or cost, by day. Each bar can be reached by keyboard and says its figures; the table below has them, too. */
export function UsageChart({ bars, unit }: { bars: DayBar[]; unit: 'tokens' | 'cost' }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const amountOf = (bar: DayBar) => (unit === 'tokens' ? bar.tokens : bar.costUsd)
  const largest = Math.max(...bars.map(amountOf), 0)
  const format = (value: number) => (unit === 'tokens' ? formatCount(value) : formatUsd(value))
  const shown = chosen === null ? null : bars[chosen]
  const total = bars.reduce((sum, bar) => sum + amountOf(bar), 0)
  return (
    <figure className="rounded-lg border border-line bg-surface p-4" data-testid="usage-chart">
      <figcaption className="mb-3 flex min-h-5 flex-wrap justify-between gap-x-4 text-xs text-muted">
        <span>{unit === 'tokens' ? 'Tokens a day' : 'Cost a day'} (UTC)</span>
        <output className="tabular-nums">
          {shown
            ? `${inWords(shown.day)}: ${formatCount(shown.inputTokens)} in, ${formatCount(shown.outputTokens)} out, ${formatUsd(shown.costUsd)}, ${shown.runs} runs`
            : `${format(total)} in all`}
        </output>
      </figcaption>
      <div className="flex h-36 items-end gap-px sm:gap-0.5" onPointerLeave={() => setChosen(null)}>
        {bars.map((bar, index) => (
          <button
            key={bar.day}
            type="button"
            aria-label={`${inWords(bar.day)}: ${format(amountOf(bar))}`}
            onPointerEnter={() => setChosen(index)}
            onFocus={() => setChosen(index)}
            onBlur={() => setChosen(null)}
            className="flex h-full min-w-0 flex-1 items-end rounded-sm"
          >
            <span
              className={cx('w-full rounded-t-sm', chosen === index ? 'bg-accent-strong' : 'bg-accent')}
              style={{
                height: `${largest === 0 ? 0 : (amountOf(bar) / largest) * 100}%`,
                minHeight: amountOf(bar) > 0 ? 2 : 0,
              }}
            />
          </button>
        ))}
      </div>
      <div className="mt-1.5 flex justify-between border-t border-line pt-1 text-2xs text-faint">
        <span>{bars[0] && inWords(bars[0].day)}</span>
        <span>{bars.length > 1 && bars.at(-1) && inWords((bars.at(-1) as DayBar).day)}</span>
      </div>
    </figure>
  )
}
