'use client'

import dynamic from 'next/dynamic'
import { isPartial, MOST_BYTES, useWholeEvidence } from '@/components/evidence/use-evidence'
import { Button } from '@/components/ui/button'
import { formatBytes } from '@/components/ui/format'
import type { ToolOutput } from '@/lib/agent/events'

/** With everything that recognises and draws: fetched when the first card is opened. */
const ResultBody = dynamic(() => import('@/components/evidence/result-body'), { ssr: false })

/** A result: its preview until the whole of it is there, which then shows as what it is. */
export function ToolResult({ output, title }: { output: ToolOutput; title: string }) {
  const { whole, start, cancel } = useWholeEvidence(output)
  const size = formatBytes(output.bytes)
  const partial = isPartial(output)
  const ready = whole.state === 'ready'
  const note = ready
    ? whole.complete
      ? size
      : `the first ${formatBytes(MOST_BYTES)} of ${size}`
    : partial
      ? `preview of ${size}`
      : size

  return (
    <div className="min-w-0">
      <ResultBody text={ready ? whole.text : output.preview} title={title} note={note} />
      <div className="mt-1.5 flex flex-wrap items-center gap-2 text-xs text-muted empty:hidden">
        {whole.state === 'preview' && partial && (
          <Button size="small" onClick={start} data-testid="whole-result">
            Whole result
          </Button>
        )}
        {whole.state === 'loading' && (
          <>
            <span>
              Loading… {formatBytes(whole.received)} of {size}
            </span>
            <Button size="small" variant="quiet" onClick={cancel}>
              Cancel
            </Button>
          </>
        )}
        {whole.state === 'failed' && (
          <>
            <span className="text-danger">The whole result could not be loaded: {whole.message}</span>
            <Button size="small" onClick={start}>
              Try again
            </Button>
          </>
        )}
        {whole.state === 'binary' && <span>This result is not text ({output.mediaType}).</span>}
        {ready && partial && (
          <Button size="small" variant="quiet" onClick={cancel}>
            Only the preview
          </Button>
        )}
      </div>
    </div>
  )
}
