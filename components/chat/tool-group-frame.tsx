'use client'

import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { type Lane, timesOf } from '@/components/chat/part-groups'
import { callStateOf } from '@/components/chat/tool-state'
import { cx } from '@/components/ui/cx'
import { formatDuration } from '@/components/ui/format'
import { Group } from '@/components/ui/group'
import { isSettledTool, type ToolPart } from '@/lib/sessions/fold/state'

/** More finished calls than these are shown as one line until somebody wants to see them. */
const SHOWN_AT_ONCE = 8

/** The calls of one step: how many, how long, how they lay in time; below, one line each, drawn only while it is open. */
export function ToolGroupFrame({
  parts,
  live,
  children,
}: {
  parts: readonly ToolPart[]
  live: boolean
  /** A card for each call. */
  children: ReactNode
}) {
  // What was open while it ran stays open: nothing closes under the reader.
  const [open, setOpen] = useState(live || parts.length <= SHOWN_AT_ONCE)
  const bodyId = useId()
  const { lanes, durationMs, parallel } = timesOf(parts)
  const isOver = !live || parts.every(isSettledTool)
  const failed = parts.filter((part) => callStateOf(part, undefined, live) === 'failed').length

  return (
    <Group label={`${parts.length} tool calls`} data-testid="tool-group" data-open={open} data-parallel={parallel}>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? bodyId : undefined}
        onClick={() => setOpen(!open)}
        className="-ml-1 flex w-full items-center gap-1.5 rounded-sm px-1 py-1 text-left text-xs text-muted hover:text-ink"
      >
        <ChevronRight
          size={13}
          aria-hidden
          className={cx('shrink-0 transition-transform duration-(--quick)', open && 'rotate-90')}
        />
        <span className="shrink-0 font-medium">{parts.length} calls</span>
        {parallel && <span className="shrink-0 max-sm:sr-only">side by side</span>}
        {failed > 0 && <span className="shrink-0 text-danger">{failed} failed</span>}
        {lanes.length > 1 && <Lanes lanes={lanes} />}
        {isOver && durationMs !== null && (
          <span className="shrink-0 tabular-nums" data-testid="group-duration">
            {formatDuration(durationMs)}
          </span>
        )}
      </button>
      {open && (
        <div id={bodyId} className="tool-list mt-1">
          {children}
        </div>
      )}
    </Group>
  )
}

/** One thin bar per call on a common line of time: what ran at once lies above each other. */
function Lanes({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <span aria-hidden className="ml-auto grid w-20 shrink-0 gap-px sm:w-32" data-testid="lanes">
      {lanes.slice(0, 12).map(({ toolCallId, start, end }) => (
        <span key={toolCallId} className="relative h-[3px]">
          <span
            className={cx('absolute inset-y-0 rounded-full', end === null ? 'bg-lamp' : 'bg-accent')}
            style={{ left: `${start * 97}%`, right: `${(1 - (end ?? 1)) * 97}%`, minWidth: '3%' }}
          />
        </span>
      ))}
    </span>
  )
}
