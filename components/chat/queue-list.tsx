'use client'

import { Pause } from 'lucide-react'
import { useState } from 'react'
import { useClient, useQueue } from '@/components/chat/live'
import { QueueItemRow } from '@/components/chat/queue-item'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

/** What is asked next, in order. The server keeps it; every tab shows it. */
export function QueueList({ sessionId, mayAct }: { sessionId: string; mayAct: boolean }) {
  const { items, paused } = useQueue(sessionId)
  const client = useClient()
  const [resuming, setResuming] = useState(false)
  if (items.length === 0) return null

  const resume = async () => {
    setResuming(true)
    try {
      await client.resumeQueue(sessionId)
    } catch (error) {
      toastError('Not resumed', error)
    }
    setResuming(false)
  }

  /** Puts an item before another; null: at the end. */
  const move = (id: string, before: string | null) =>
    client.moveQueued(sessionId, id, before).catch((error: unknown) => toastError('Not moved', error))

  return (
    <section
      aria-label="Queue"
      data-testid="queue"
      data-paused={paused}
      className="mx-2 rounded-t-xl border border-b-0 border-line bg-sunken px-1.5 pt-1 pb-1.5 text-sm"
    >
      <div className="flex min-h-7 items-center gap-2 px-1.5 text-xs text-muted">
        {paused && <Pause size={12} aria-hidden />}
        <h2>{paused ? 'Queue paused after the stop' : items.length === 1 ? 'Next' : `Next (${items.length})`}</h2>
        {paused && mayAct && (
          <Button size="small" className="ml-auto" busy={resuming} onClick={resume} data-testid="queue-resume">
            Resume
          </Button>
        )}
      </div>
      <ol className="max-h-40 overflow-y-auto">
        {items.map((item, index) => (
          <QueueItemRow
            key={item.id}
            sessionId={sessionId}
            item={item}
            mayAct={mayAct}
            onSendNow={() => client.sendQueuedNow(sessionId, item.id)}
            onUp={index === 0 ? undefined : () => move(item.id, items[index - 1]?.id ?? null)}
            onDown={index === items.length - 1 ? undefined : () => move(item.id, items[index + 2]?.id ?? null)}
          />
        ))}
      </ol>
    </section>
  )
}
