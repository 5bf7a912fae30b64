'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { Difference, Shown } from '@/components/settings/tools/difference'
import { RISK_WORDS, showInvisible } from '@/components/settings/tools/words'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import { formatInstant } from '@/components/ui/format'
import { Modal } from '@/components/ui/modal'
import { toast } from '@/components/ui/toast'
import type { PendingTool, ServerReviewState } from '@/lib/mcp/manage/review'

/** What waits for a review on one server, as it is now, with what changed. */
export function ReviewModal({ server, onClose }: { server: { id: string; name: string }; onClose: () => void }) {
  const router = useRouter()
  const [state, setState] = useState<ServerReviewState | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState<string | null>(null)
  const path = `/api/mcp/servers/${server.id}/review`

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setState(await requestJson<ServerReviewState>(path, { signal }))
      } catch (error) {
        if (!signal?.aborted) setFailure(messageOf(error))
      }
    },
    [path],
  )
  useEffect(() => {
    const left = new AbortController()
    void load(left.signal)
    return () => left.abort()
  }, [load])

  const review = async (tools: PendingTool[], name: string) => {
    setBusy(name)
    setFailure(null)
    try {
      const body = { tools: tools.map(({ toolName, fingerprint }) => ({ toolName, fingerprint })) }
      const next = await requestJson<ServerReviewState>(path, { method: 'POST', body })
      setState(next)
      toast.success(tools.length === 1 ? `${tools[0]?.toolName} is reviewed.` : `${tools.length} tools are reviewed.`)
      router.refresh()
      if (next.pending.length === 0) onClose()
    } catch (error) {
      setFailure(messageOf(error))
      // Whatever it was: what is shown must be what is there now.
      await load()
    } finally {
      setBusy(null)
    }
  }

  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      wide
      title={`Tools of ${server.name} to review`}
      description="Until you have looked at a tool, neither the agent nor anybody else is shown it. Descriptions are the server’s words: the agent reads them."
    >
      <div className="grid gap-4">
        {failure && <Notice tone="danger">{failure}</Notice>}
        {!state && !failure && <p className="text-sm text-muted">Asking the server for its tools …</p>}
        {state?.pending.length === 0 && <p className="text-sm text-muted">Nothing waits for a review any more.</p>}
        {state?.pending.map((tool) => (
          <Pending
            key={`${tool.toolName} ${tool.fingerprint}`}
            tool={tool}
            busy={busy === tool.toolName}
            disabled={busy !== null}
            onReview={() => void review([tool], tool.toolName)}
          />
        ))}
        {state && state.pending.length > 1 && (
          <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap items-center gap-3 border-t border-line bg-raised px-5 py-3">
            <Button
              variant="primary"
              busy={busy === ''}
              disabled={busy !== null}
              data-testid="review-all"
              onClick={() => void review(state.pending, '')}
            >
              I looked at all {state.pending.length}
            </Button>
            <span className="text-xs text-muted">{state.reviewedTools} others are reviewed as they are.</span>
          </div>
        )}
      </div>
    </Modal>
  )
}

function Pending({
  tool,
  busy,
  disabled,
  onReview,
}: {
  tool: PendingTool
  busy: boolean
  disabled: boolean
  onReview: () => void
}) {
  const { toolName, state, risk, title, description, inputSchema, annotations, differences, reviewed } = tool
  return (
    <article
      data-testid="pending-tool"
      data-tool={toolName}
      aria-label={toolName}
      className="grid gap-3 rounded-lg border border-line p-4"
    >
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-52">
          <h3 className="font-mono text-sm font-medium [overflow-wrap:anywhere]">{showInvisible(toolName)}</h3>
          <div className="mt-1 flex flex-wrap items-center gap-1.5">
            <Badge tone={state === 'changed' ? 'warn' : 'accent'}>{state === 'changed' ? 'changed' : 'new'}</Badge>
            <Badge tone={risk === 'read' ? 'neutral' : 'warn'}>{RISK_WORDS[risk].short}</Badge>
            {reviewed && (
              <span className="text-xs text-muted" suppressHydrationWarning>
                reviewed {formatInstant(reviewed.at)} {reviewed.by ? `by ${reviewed.by}` : 'by a provisioning file'}
              </span>
            )}
          </div>
        </div>
        <Button size="small" busy={busy} disabled={disabled} onClick={onReview} data-testid="review-one">
          I looked at it
        </Button>
      </div>
      {differences && differences.length > 0 ? (
        differences.map((difference) => <Difference key={difference.field} difference={difference} />)
      ) : (
        <>
          {state === 'changed' && (
            <p className="text-xs text-muted">What it was before is not kept; this is the whole of it now.</p>
          )}
          {title !== toolName && <Shown label="Title" value={title} />}
          <Shown label="Description" value={description || '(none)'} />
          <Shown label="Arguments" value={inputSchema} />
          <Shown label="What it says of itself" value={annotations ?? '(nothing: it counts as destructive)'} />
        </>
      )}
    </article>
  )
}
