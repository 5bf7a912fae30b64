'use client'

import Link from 'next/link'
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApprovalCard, type CardData } from '@/components/approvals/approval-card'
import { useClient, useSessionList } from '@/components/chat/live'
import { sessionPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { formatInstant } from '@/components/ui/format'
import { toastError } from '@/components/ui/toaster'

export interface ListedApproval extends CardData {
  runId: string
  sessionId: string
  sessionTitle: string | null
  asker: { key: string; name: string }
}

export interface ApprovalsPage {
  approvals: ListedApproval[]
  nextCursor: string | null
}

/** What waits for this person, kept up by the live events. */
export function ApprovalsList({ first }: { first: ApprovalsPage }) {
  const { organisation } = useWorkspace().current
  const { waitingForMe } = useSessionList(organisation.id)
  const client = useClient()
  const [page, setPage] = useState(first)
  const [loading, setLoading] = useState(false)
  const ids = waitingForMe?.join() ?? null
  const shown = useRef<string | null>(null)

  const load = useCallback(
    async (cursor?: string) => {
      setLoading(true)
      const query = new URLSearchParams({ org: organisation.id, ...(cursor ? { cursor } : {}) })
      try {
        const next = await client.request<ApprovalsPage>('GET', `/api/approvals?${query}`)
        setPage((before) => (cursor ? { ...next, approvals: [...before.approvals, ...next.approvals] } : next))
      } catch (error) {
        toastError('Not loaded', error)
      } finally {
        setLoading(false)
      }
    },
    [client, organisation.id],
  )
  useEffect(() => {
    // The first list came with the page; from then on each change is fetched.
    if (ids === null) return
    if (ids !== (shown.current ?? first.approvals.map(({ approvalId }) => approvalId).join())) void load()
    shown.current = ids
  }, [ids, load, first])

  if (page.approvals.length === 0) {
    return (
      <div
        data-testid="no-approvals"
        className="rounded-lg border border-dashed border-line-strong px-4 py-10 text-center text-sm text-muted"
      >
        Nothing waits for you.
      </div>
    )
  }
  return (
    <div>
      <ul>
        {page.approvals.map((approval) => (
          <li key={approval.approvalId}>
            <ApprovalCard
              runId={approval.runId}
              approval={approval}
              mayDecide
              onDecided={() => void load()}
              about={
                <p className="text-xs text-muted">
                  {approval.asker.name} asked <time title={formatInstant(approval.askedAt)}>for it</time>
                  {approval.sessionTitle === null ? (
                    ' in a conversation that is not yours to see.'
                  ) : (
                    <>
                      {' in '}
                      <Link
                        href={sessionPath(organisation.slug, approval.sessionId)}
                        className="font-medium text-accent hover:underline"
                      >
                        {approval.sessionTitle || 'a new session'}
                      </Link>
                      .
                    </>
                  )}
                </p>
              }
            />
          </li>
        ))}
      </ul>
      {page.nextCursor && (
        <Button size="small" busy={loading} onClick={() => load(page.nextCursor ?? undefined)}>
          Show more
        </Button>
      )}
    </div>
  )
}
