'use client'

import type { MessageView } from '@/components/chat/live/types'
import { MessageFooter } from '@/components/chat/message-footer'
import { PartView } from '@/components/chat/part-view'
import { ContinuedNote, EndNote } from '@/components/chat/run-note'
import { WaitingDots } from '@/components/ui/live-dot'

/** Parts that show nothing of their own. */
const SILENT = new Set(['step-start'])

/** What the agent did and found, part by part, and how its run ended. */
export function AssistantMessage({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const { id, live, metadata, partKeys, partTypes } = message
  const isEmpty = partTypes.every((type) => SILENT.has(type))
  const lastType = partTypes.at(-1)
  // Between steps nothing is written: the dots say that it goes on.
  const waits = live && (isEmpty || lastType === 'step-start')

  return (
    <article
      data-testid="message-assistant"
      data-message={id}
      data-live={live}
      data-status={metadata?.status ?? (live ? 'running' : undefined)}
      className="pt-4"
    >
      <h2 className="sr-only">Answer</h2>
      <div className="message-parts">
        {partKeys.map((key, index) =>
          SILENT.has(partTypes[index] ?? '') ? null : (
            <PartView key={key} sessionId={sessionId} messageId={id} index={index} live={live} />
          ),
        )}
      </div>
      {waits && <WaitingDots label={isEmpty ? 'The answer is being prepared' : 'Working'} />}
      <div className="mt-2.5 grid gap-1 empty:hidden">
        <ContinuedNote attempts={metadata?.attempts} />
        {!live && <EndNote metadata={metadata} />}
        {!live && <MessageFooter metadata={metadata} />}
      </div>
    </article>
  )
}
