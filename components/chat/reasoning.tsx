'use client'

import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { Markdown } from '@/components/markdown/markdown'
import { cx } from '@/components/ui/cx'
import { formatDuration } from '@/components/ui/format'

/** What the model thinks: open while it is written, closed after, and as the reader left it once touched. */
export function Reasoning({
  text,
  streaming,
  durationMs,
}: {
  text: string
  streaming: boolean
  /** How long it took, when that was measured. */
  durationMs?: number
}) {
  const [chosen, setChosen] = useState<boolean | null>(null)
  const bodyId = useId()
  const open = chosen ?? streaming
  if (!streaming && text.trim() === '') return null

  return (
    <div data-testid="reasoning" data-open={open} className="text-sm text-muted">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? bodyId : undefined}
        onClick={() => setChosen(!open)}
        className="-ml-1 inline-flex items-center gap-1 rounded-sm px-1 py-0.5 text-xs font-medium text-faint hover:text-ink"
      >
        <ChevronRight
          size={13}
          aria-hidden
          className={cx('transition-transform duration-(--quick)', open && 'rotate-90')}
        />
        {streaming ? 'Thinking…' : durationMs === undefined ? 'Thought' : `Thought for ${formatDuration(durationMs)}`}
      </button>
      {open && (
        <div id={bodyId} className="mt-1 border-l-2 border-line pl-3">
          <Markdown text={text} streaming={streaming} />
        </div>
      )}
    </div>
  )
}
