'use client'

import { ChartLine, ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { CallIcon } from '@/components/chat/call-icon'
import { ToolBody } from '@/components/chat/tool-body'
import {
  callStateOf,
  RISK_WORDS,
  toolMetadataOf,
  toolNameOf,
  toolOutputOf,
  toolTitleOf,
} from '@/components/chat/tool-state'
import { argumentsHint } from '@/components/evidence/pretty'
import { promisesSeries } from '@/components/evidence/series'
import { Badge } from '@/components/ui/badge'
import { cx } from '@/components/ui/cx'
import { formatDuration } from '@/components/ui/format'
import type { ToolPart, ToolProgress } from '@/lib/sessions/fold/state'

const RISK_TONES = { read: 'neutral', write: 'warn', destructive: 'danger' } as const

/** One tool call in one line; it opens to what was asked and what came back. Neighbours join to one list. */
export function ToolCard({ part, progress, live }: { part: ToolPart; progress?: ToolProgress; live: boolean }) {
  const [open, setOpen] = useState(false)
  const bodyId = useId()
  const state = callStateOf(part, progress, live)
  const { server, risk, durationMs } = toolMetadataOf(part)
  const output = toolOutputOf(part)
  const title = toolTitleOf(part)
  const hint = argumentsHint(part.input)
  const share = progress?.total ? Math.min(1, (progress.progress ?? 0) / progress.total) : null

  return (
    <div
      data-tool-card=""
      data-testid="tool-card"
      data-tool={toolNameOf(part)}
      data-state={state}
      className="tool-card"
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? bodyId : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 touch:min-h-10 w-full items-center gap-2 px-2.5 py-1 text-left text-sm hover:bg-hover"
      >
        <CallIcon state={state} />
        <span className="max-w-[60%] shrink-0 truncate font-medium">{title}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-faint">
          {state === 'running' && progress?.message ? progress.message : hint}
        </span>
        {risk && risk !== 'read' && <Badge tone={RISK_TONES[risk]}>{RISK_WORDS[risk]}</Badge>}
        {server && <span className="hidden shrink-0 text-xs text-faint sm:inline">{server}</span>}
        {output && promisesSeries(output.preview) && (
          <ChartLine size={14} aria-label="With a chart" className="shrink-0 text-accent" />
        )}
        {durationMs !== undefined && (
          <span className="shrink-0 text-xs text-muted tabular-nums">{formatDuration(durationMs)}</span>
        )}
        <ChevronRight
          size={14}
          aria-hidden
          className={cx('shrink-0 text-faint transition-transform duration-(--quick)', open && 'rotate-90')}
        />
      </button>
      {state === 'running' && share !== null && (
        <div className="mx-2.5 mb-1.5 h-0.5 overflow-hidden rounded-full bg-line">
          <div className="h-full bg-accent transition-[width]" style={{ width: `${share * 100}%` }} />
        </div>
      )}
      {state === 'failed' && !open && (
        <p className="truncate px-2.5 pb-1.5 pl-8 text-xs text-danger">{errorTextOf(part)}</p>
      )}
      {open && (
        <div id={bodyId} className="animate-appear border-t border-line px-2.5 pt-1 pb-2.5">
          <ToolBody part={part} output={output} state={state} errorText={errorTextOf(part)} />
        </div>
      )}
    </div>
  )
}

const errorTextOf = (part: ToolPart): string => {
  if (part.state === 'output-denied') return 'This call was not allowed.'
  return ('errorText' in part && part.errorText) || 'The call failed.'
}
