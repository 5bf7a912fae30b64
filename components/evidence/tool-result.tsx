'use client'

import { prettyText } from '@/components/evidence/pretty'
import { TextFrame } from '@/components/evidence/text-frame'
import { useEvidencePages } from '@/components/evidence/use-evidence'
import { Button } from '@/components/ui/button'
import { formatBytes } from '@/components/ui/format'
import type { ToolOutput } from '@/lib/agent/events'

/** A result: its preview, and the whole of it on demand, page after page. */
export function ToolResult({ output }: { output: ToolOutput }) {
  const { pages, more, close } = useEvidencePages(output.evidenceId)
  const size = formatBytes(output.bytes)
  // The preview may be the beginning, or the same in words for the model.
  const isPartial = output.truncated || new TextEncoder().encode(output.preview).length !== output.bytes
  const showWhole = pages && !pages.binary && pages.text !== ''
  const text = showWhole ? pages.text : output.preview
  const note = isPartial && !showWhole ? `preview of ${size}` : size

  return (
    <div className="min-w-0">
      <TextFrame label="Result" text={prettyText(text, output.mediaType)} note={note} />
      <div className="mt-1.5 flex flex-wrap items-center gap-2 text-xs text-muted">
        {!pages && isPartial && (
          <Button size="small" onClick={more} data-testid="whole-result">
            Whole result
          </Button>
        )}
        {pages?.loading && <span>Loading…</span>}
        {pages?.error && <span className="text-danger">{pages.error}</span>}
        {pages?.binary && <span>This result is not text ({output.mediaType}).</span>}
        {pages && !pages.loading && (pages.nextOffset !== null || pages.error) && (
          <Button size="small" onClick={more}>
            {pages.error ? 'Try again' : 'Next part'}
          </Button>
        )}
        {pages && !pages.loading && (
          <Button size="small" variant="quiet" onClick={close}>
            Only the preview
          </Button>
        )}
      </div>
    </div>
  )
}
