'use client'

import { Check, Hand, TimerOff, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { DecisionForm } from '@/components/approvals/decision-form'
import { TimeLeft } from '@/components/approvals/time-left'
import { NotifySwitch } from '@/components/attention/notify-switch'
import { prettyArguments } from '@/components/evidence/pretty'
import { TextFrame } from '@/components/evidence/text-frame'
import { Badge } from '@/components/ui/badge'
import { formatInstant, formatTime } from '@/components/ui/format'
import { Group } from '@/components/ui/group'
import type { ApprovalData } from '@/lib/agent/events'

export type CardData = Omit<ApprovalData, 'definition'>

const RISKS = {
  read: { tone: 'neutral', word: 'reads' },
  write: { tone: 'warn', word: 'writes' },
  destructive: { tone: 'danger', word: 'destroys' },
} as const

const DECIDERS = { asker: 'whoever asked', editor: 'an editor or an admin', admin: 'an admin' } as const

/** One question about one call: everything that it would do, and the verdict, or what became of it. */
export function ApprovalCard({
  runId,
  approval,
  mayDecide,
  isOver = false,
  about,
  onDecided,
}: {
  runId: string
  approval: CardData
  mayDecide: boolean
  /** The run has ended: nobody needs the verdict any more. */
  isOver?: boolean
  /** Where it comes from, in lists. */
  about?: ReactNode
  onDecided?: () => void
}) {
  const { tool, server, risk, decision, decidableBy, expiresAt } = approval
  const state = decision ? (approval.expired ? 'expired' : decision) : isOver ? 'withdrawn' : 'open'
  if (state !== 'open') return <Decided approval={approval} state={state} />
  return (
    <Group
      label={`Approval of ${tool}`}
      data-testid="approval"
      data-approval={approval.approvalId}
      data-state="open"
      className="my-2 grid gap-2.5 rounded-lg border border-warn/50 bg-surface px-3.5 py-3 text-sm shadow-rest"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Hand size={16} aria-hidden className="shrink-0 text-warn" />
        <p className="min-w-0 font-medium">
          May <span className="font-mono">{tool}</span> of {server} be called?
        </p>
        <Badge tone={RISKS[risk].tone}>{RISKS[risk].word}</Badge>
        <span className="ml-auto text-xs text-muted">
          <TimeLeft until={expiresAt} />
        </span>
      </header>
      {about}
      <TextFrame label="Arguments" text={prettyArguments(approval.arguments)} />
      <p className="text-xs text-muted" data-testid="approval-deciders">
        {mayDecide ? 'Yours to decide' : 'Waits for a decision'} (by {DECIDERS[decidableBy]}); without one it is
        rejected.
      </p>
      {mayDecide && <DecisionForm runId={runId} approvalId={approval.approvalId} onDecided={onDecided} />}
      {mayDecide && !about && <NotifySwitch offer />}
    </Group>
  )
}

const OUTCOMES = {
  approve: { icon: Check, tone: 'text-ok' },
  reject: { icon: X, tone: 'text-danger' },
  expired: { icon: TimerOff, tone: 'text-muted' },
  withdrawn: { icon: Hand, tone: 'text-muted' },
} as const

function Decided({ approval, state }: { approval: CardData; state: keyof typeof OUTCOMES }) {
  const { icon: Icon, tone } = OUTCOMES[state]
  const { tool, decidedBy, decidedAt, scope, comment } = approval
  const what = {
    approve: `${decidedBy} approved of ${tool}${scope === 'session' ? ' for this session' : ''}`,
    reject: `${decidedBy} rejected ${tool}`,
    expired: `Nobody decided about ${tool} in time: rejected`,
    withdrawn: `The run ended before anybody decided about ${tool}`,
  }[state]
  return (
    <p
      data-testid="approval"
      data-approval={approval.approvalId}
      data-state={state}
      className="my-1.5 flex items-start gap-1.5 text-xs text-muted"
    >
      <Icon size={14} aria-hidden className={`mt-px shrink-0 ${tone}`} />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {what}
        {decidedAt !== undefined && state !== 'expired' && (
          <time dateTime={new Date(decidedAt).toISOString()} title={formatInstant(decidedAt)}>
            {' '}
            at {formatTime(decidedAt)}
          </time>
        )}
        {comment && <q className="ml-1.5 italic">{comment}</q>}
      </span>
    </p>
  )
}
