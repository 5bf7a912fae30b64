'use client'

import { ArrowDown } from 'lucide-react'
import { useState } from 'react'
import { useClient, useMessage, useMessageIds } from '@/components/chat/live'
import { newSince } from '@/components/chat/new-since'

const SILENT = new Set(['step-start', 'data-run', 'data-step'])

/** The way back to the end, for a reader who left it: how much has come since then. Begins to count when it appears. */
export function JumpToLatest({ sessionId, onJump }: { sessionId: string; onJump: () => void }) {
  const session = useClient().session(sessionId)
  const ids = useMessageIds(sessionId)
  const partsOf = (id: string) => (session.message(id)?.partTypes ?? []).filter((type) => !SILENT.has(type)).length
  const [left] = useState(() => {
    const lastId = ids.at(-1)
    return { lastId, count: ids.length, parts: lastId === undefined ? 0 : partsOf(lastId) }
  })
  // Renders anew when the message that was the last gets another part.
  useMessage(sessionId, left.lastId ?? '')
  const count = newSince(left, { ids, partsOf })
  return (
    <button
      type="button"
      data-testid="jump-to-latest"
      data-count={count}
      onClick={onJump}
      className="animate-appear absolute bottom-3 left-1/2 inline-flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full border border-line bg-raised px-3 text-xs font-medium shadow-float hover:border-line-strong"
    >
      <ArrowDown size={14} aria-hidden />
      Latest
      {count > 0 && (
        <span className="rounded-full bg-accent px-1.5 text-2xs text-accent-ink tabular-nums">
          {count > 99 ? '99+' : count}
          <span className="sr-only"> new</span>
        </span>
      )}
    </button>
  )
}
