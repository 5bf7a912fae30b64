'use client'

import { useMessage, useRunState } from '@/components/chat/live'
import { WaitingDots } from '@/components/ui/live-dot'

/** The dots between a question and the first sign of its answer; and what is said to those who do not see the page. */
export function WaitingRow({ sessionId, lastId }: { sessionId: string; lastId: string | undefined }) {
  const { status } = useRunState(sessionId)
  const last = useMessage(sessionId, lastId ?? '')
  const busy = status === 'running' || status === 'waiting'
  return (
    <>
      {(busy || last?.delivery === 'sending') && last?.role === 'user' && last.delivery !== 'failed' && (
        <div className="pt-4">
          <WaitingDots label="The answer is being prepared" />
        </div>
      )}
      <p role="status" className="sr-only">
        {status === 'running' && 'The agent is working.'}
        {status === 'waiting' && 'The agent waits for an approval.'}
        {status === 'completed' && 'The answer is complete.'}
        {status === 'cancelled' && 'The run was stopped.'}
        {status === 'failed' && 'The run failed.'}
      </p>
    </>
  )
}
