'use client'

import { useMemo } from 'react'
import { Feedback } from '@/components/chat/feedback'
import type { MessageView } from '@/components/chat/live/types'
import { MessageActions } from '@/components/chat/message-actions'
import { MessageFooter } from '@/components/chat/message-footer'
import { groupParts } from '@/components/chat/part-groups'
import { PartView } from '@/components/chat/part-view'
import { RetryButton } from '@/components/chat/retry-button'
import { ContinuedNote, EndNote } from '@/components/chat/run-note'
import { ToolGroup } from '@/components/chat/tool-group'
import { WaitingDots } from '@/components/ui/live-dot'
import { useGradually } from '@/components/ui/use-gradually'

/** Parts that show nothing of their own. */
const SILENT = new Set(['step-start'])
/** Of a long message the end is drawn first, then so many parts and groups of calls more with each frame. */
const GROUPS_PER_FRAME = 8
/** From so many on, those far from the screen are neither laid out nor painted. */
const LONG = 48

/** What the agent did and found, part by part, and how its run ended. */
export function AssistantMessage({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const { id, live, metadata, partKeys, partTypes } = message
  const groups = useMemo(() => groupParts(partTypes), [partTypes])
  const shown = useGradually(groups.length, GROUPS_PER_FRAME, { share: true })
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
      <div
        className="message-parts"
        data-drawing={shown < groups.length || undefined}
        data-long={groups.length >= LONG || undefined}
      >
        {groups
          .slice(groups.length - shown)
          .map((group) =>
            group.kind === 'part' ? (
              <PartView
                key={partKeys[group.index]}
                sessionId={sessionId}
                messageId={id}
                index={group.index}
                live={live}
              />
            ) : (
              <ToolGroup
                key={`calls ${partKeys[group.indexes[0] ?? 0]}`}
                sessionId={sessionId}
                messageId={id}
                indexes={group.indexes}
                keys={partKeys}
                live={live}
              />
            ),
          )}
      </div>
      {waits && <WaitingDots label={isEmpty ? 'The answer is being prepared' : 'Working'} />}
      <div className="mt-2.5 grid gap-1 empty:hidden">
        <ContinuedNote attempts={metadata?.attempts} />
        {!live && <EndNote metadata={metadata} />}
        {!live && <RetryButton sessionId={sessionId} metadata={metadata} />}
        {!live && (
          <div className="flex flex-wrap items-center gap-x-1 max-sm:-ml-3">
            <div className="mr-1.5 empty:hidden max-sm:basis-full max-sm:pl-3">
              <MessageFooter metadata={metadata} />
            </div>
            <MessageActions sessionId={sessionId} messageId={id} what="answer" />
            <Feedback messageId={id} />
          </div>
        )}
      </div>
    </article>
  )
}
