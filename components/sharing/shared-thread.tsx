'use client'

import { useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { EvidenceShare } from '@/components/evidence/evidence-share'
import { SharedMessage } from '@/components/sharing/shared-message'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import type { SharedSession } from '@/lib/sessions/shares/read'

/** What was shared, to be read only: no composer, nothing live. */
export function SharedThread({ shared }: { shared: SharedSession }) {
  const [state, setState] = useState({ messages: shared.messages, cursor: shared.messagesCursor })
  const [loading, setLoading] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const older = async () => {
    setLoading(true)
    setFailure(null)
    try {
      const query = new URLSearchParams({ before: state.cursor ?? '' })
      const page = await requestJson<SharedSession>(`/api/shares/${shared.id}?${query}`)
      setState((now) => ({ messages: [...page.messages, ...now.messages], cursor: page.messagesCursor }))
    } catch (error) {
      setFailure(messageOf(error))
    }
    setLoading(false)
  }
  return (
    <EvidenceShare value={shared.id}>
      <div className="mx-auto w-full max-w-3xl px-4 pb-12 sm:px-6" data-testid="shared-thread">
        {state.cursor && (
          <div className="flex justify-center pt-4">
            <Button size="small" variant="quiet" busy={loading} onClick={older}>
              Load older messages
            </Button>
          </div>
        )}
        {failure && <Notice tone="danger">{failure}</Notice>}
        {state.messages.map((message) => (
          <SharedMessage key={message.id} message={message} withFiles={shared.evidence} />
        ))}
      </div>
    </EvidenceShare>
  )
}
