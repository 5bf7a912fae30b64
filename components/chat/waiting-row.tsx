'use client'

import { useMessage, useRunState } from '@/components/chat/live'
import { WaitingDots } from '@/components/ui/live-dot'

/** The dots between a question and the first sign of its answer. */
export function WaitingRow({ sessionId, lastId }: { sessionId: string; lastId: string | undefined }) {
  const { status } = useRunState(sessionId)
  const last = useMessage(sessionId, lastId ?? '')
  const busy = status === 'running' || status === 'waiting'
  const waits = (busy || last?.delivery === 'sending') && last?.role === 'user' && last.delivery !== 'failed'
  if (!waits) return null
  return (
    <div className="pt-4">
      <WaitingDots label="The answer is being prepared" />
    </div>
  )
}
