'use client'

import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { toCsv } from '@/components/evidence/csv'
import type { Recognised } from '@/components/evidence/recognise'
import { recognise } from '@/components/evidence/recognise'
import { resultTable } from '@/components/evidence/result-table'
import { saveFile } from '@/components/evidence/save-file'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { cx } from '@/components/ui/cx'
import { Group } from '@/components/ui/group'

const Loading = () => <div className="h-24 animate-pulse rounded-md bg-sunken" />
const Chart = dynamic(() => import('@/components/evidence/chart'), { ssr: false, loading: Loading })
const TableView = dynamic(() => import('@/components/evidence/table-view'), { ssr: false, loading: Loading })
const LogView = dynamic(() => import('@/components/evidence/log-view'), { ssr: false, loading: Loading })
const TraceView = dynamic(() => import('@/components/evidence/trace-view'), { ssr: false, loading: Loading })
const JsonView = dynamic(() => import('@/components/evidence/json-view'), { ssr: false, loading: Loading })
const RawView = dynamic(() => import('@/components/evidence/raw-view'), { ssr: false, loading: Loading })

type View = 'chart' | 'logs' | 'trace' | 'table' | 'tree' | 'raw'
const NAMES: Record<View, string> = {
  chart: 'Chart',
  logs: 'Lines',
  trace: 'Trace',
  table: 'Table',
  tree: 'Tree',
  raw: 'Raw',
}
const VIEWS: Record<Recognised['kind'], View[]> = {
  series: ['chart', 'table', 'tree', 'raw'],
  logs: ['logs', 'table', 'raw'],
  trace: ['trace', 'table', 'tree', 'raw'],
  table: ['table', 'tree', 'raw'],
  json: ['tree', 'raw'],
  text: ['raw'],
}

/** A result's text as what it is, with its other views, to copy and to save. */
export default function ResultBody({ text, title, note }: { text: string; title: string; note: string }) {
  const result = useMemo(() => recognise(text), [text])
  const views = VIEWS[result.kind]
  const [chosen, setChosen] = useState<View | null>(null)
  const view = chosen && views.includes(chosen) ? chosen : (views[0] ?? 'raw')

  const hasTable = views.includes('table')
  // Of a large result its table costs more than its chart: made when it is wanted.
  const table = useMemo(() => (view === 'table' ? resultTable(result) : null), [view, result])

  const save = () => {
    const table = resultTable(result)
    if (table) saveFile('result.csv', 'text/csv', toCsv(table.columns, table.rows))
    else if (result.kind === 'json') saveFile('result.json', 'application/json', text)
    else saveFile('result.txt', 'text/plain', text)
  }

  return (
    <Group label="Result" className="min-w-0" data-testid="result" data-kind={result.kind}>
      <div className="flex min-h-7 flex-wrap items-center gap-x-2 text-xs text-muted">
        <span className="font-medium">Result</span>
        <span className="text-faint">{note}</span>
        <span className="ml-auto flex flex-wrap items-center justify-end gap-0.5">
          {views.length > 1 &&
            views.map((one) => (
              <Button
                key={one}
                size="small"
                variant="quiet"
                aria-pressed={view === one}
                onClick={() => setChosen(one)}
                className={cx('touch:px-2!', view === one && 'bg-hover text-ink')}
              >
                {NAMES[one]}
              </Button>
            ))}
          <Button size="small" variant="quiet" onClick={save} className="touch:px-2!">
            {hasTable ? 'CSV' : result.kind === 'json' ? 'JSON' : 'Save'}
          </Button>
          <CopyButton text={text} label="Copy result" />
        </span>
      </div>
      {view === 'chart' && result.kind === 'series' && <Chart series={result.series} title={title} />}
      {view === 'logs' && result.kind === 'logs' && <LogView lines={result.lines} />}
      {view === 'trace' && result.kind === 'trace' && <TraceView spans={result.spans} />}
      {view === 'table' && table && <TableView table={table} />}
      {view === 'tree' && result.kind !== 'text' && <JsonView value={result.value} />}
      {view === 'raw' && <RawView text={text} />}
    </Group>
  )
}
