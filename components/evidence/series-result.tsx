'use client'

import { useMemo } from 'react'
import Chart from '@/components/evidence/chart'
import { parseSeries } from '@/components/evidence/parse-series'
import { looksLikeSeries, promisesSeries } from '@/components/evidence/series'
import { useWholeEvidence } from '@/components/evidence/use-evidence'
import type { ToolOutput } from '@/lib/agent/events'

const Placeholder = () => <div className="h-[200px] animate-pulse rounded-md bg-sunken" />

/** The chart of a result that is series. Shows nothing when it turns out to be none. */
export default function SeriesResult({ output, title }: { output: ToolOutput; title: string }) {
  const whole = useWholeEvidence(output.evidenceId, looksLikeSeries)
  const series = useMemo(() => (whole.state === 'ready' ? parseSeries(whole.text) : null), [whole])
  if (whole.state === 'loading') return promisesSeries(output.preview) ? <Placeholder /> : null
  if (whole.state === 'failed')
    return <p className="text-xs text-muted">The chart could not be loaded: {whole.message}</p>
  return series && <Chart series={series} title={title} />
}
