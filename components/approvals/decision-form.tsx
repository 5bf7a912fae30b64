'use client'

import { useId, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { useClient } from '@/components/chat/live'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'

type Verdict = { decision: 'approve' | 'reject'; scope?: 'once' | 'session' }

/** Approve once, for the session, or reject; with a comment that the model reads. Closed while it is being sent. */
export function DecisionForm({
  runId,
  approvalId,
  onDecided,
}: {
  runId: string
  approvalId: string
  onDecided?: () => void
}) {
  const client = useClient()
  const id = useId()
  const [comment, setComment] = useState('')
  const [sending, setSending] = useState<Verdict | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const decide = async (verdict: Verdict) => {
    setSending(verdict)
    setProblem(null)
    const path = `/api/agent/runs/${encodeURIComponent(runId)}/approvals/${encodeURIComponent(approvalId)}`
    try {
      await client.request('POST', path, {
        body: { ...verdict, ...(comment.trim() ? { comment: comment.trim() } : {}) },
      })
      // The card stays closed until the live event shows what became of it.
      onDecided?.()
    } catch (error) {
      setProblem(messageOf(error))
      setSending(null)
    }
  }
  const is = (decision: Verdict['decision'], scope?: Verdict['scope']) =>
    sending?.decision === decision && sending.scope === scope

  return (
    <div className="grid gap-2">
      <label htmlFor={id} className="sr-only">
        Comment
      </label>
      <input
        id={id}
        value={comment}
        maxLength={2000}
        disabled={sending !== null}
        onChange={(event) => setComment(event.currentTarget.value)}
        placeholder="Comment for the agent (optional)"
        data-testid="approval-comment"
        className="h-8 w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm"
      />
      <div className="flex flex-wrap gap-2 max-sm:*:grow">
        <Button
          size="small"
          variant="primary"
          data-testid="approve-once"
          disabled={sending !== null}
          busy={is('approve', 'once')}
          onClick={() => decide({ decision: 'approve', scope: 'once' })}
        >
          Approve once
        </Button>
        <Button
          size="small"
          data-testid="approve-session"
          title="These exact arguments are not asked about again in this session"
          disabled={sending !== null}
          busy={is('approve', 'session')}
          onClick={() => decide({ decision: 'approve', scope: 'session' })}
        >
          Approve for this session
        </Button>
        <Button
          size="small"
          data-testid="reject"
          disabled={sending !== null}
          busy={is('reject')}
          variant="caution"
          onClick={() => decide({ decision: 'reject' })}
        >
          Reject
        </Button>
      </div>
      {problem && <Notice tone="danger">{problem}</Notice>}
    </div>
  )
}
