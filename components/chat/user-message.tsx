'use client'

import { useRef, useState } from 'react'
import { LiveMessageFiles } from '@/components/chat/attachments/message-files'
import { EditButton } from '@/components/chat/edit-button'
import { useClient, useMessage, usePart } from '@/components/chat/live'
import type { MessageView } from '@/components/chat/live/types'
import { MessageActions } from '@/components/chat/message-actions'
import { textOfMessage } from '@/components/chat/message-text'
import { QuestionEditor } from '@/components/chat/question-editor'
import { QuestionWords } from '@/components/chat/question-words'
import { RetryButton } from '@/components/chat/retry-button'
import { EndNote } from '@/components/chat/run-note'
import { UnsentNote } from '@/components/chat/unsent-note'
import { VersionSwitch } from '@/components/chat/versions/version-switch'
import { cx } from '@/components/ui/cx'
import { formatInstant, formatTime } from '@/components/ui/format'
import { messageIdOf } from '@/lib/agent/events'

/** What a person asked, as it was typed; and how its run ended, when there is no answer to tell it. */
export function UserMessage({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const { createdAt, runId } = message.metadata ?? {}
  const client = useClient()
  const [editing, setEditing] = useState(false)
  /** Whether the focus shall go back to the button that opened the editor. */
  const wasEditing = useRef(false)
  const hasWords = message.partTypes.includes('text')
  const isOnItsWay = message.delivery === 'sending' || message.delivery === 'held'
  const isAnswered = useMessage(sessionId, runId ? messageIdOf(runId) : '') !== undefined
  return (
    <div
      className="group/question flex flex-col items-end gap-1 pt-6"
      data-testid="message-user"
      data-message={message.id}
      data-delivery={message.delivery}
    >
      {editing ? (
        <QuestionEditor
          sessionId={sessionId}
          messageId={message.id}
          text={textOfMessage(client.session(sessionId), message.id)}
          onClose={(cancelled) => {
            wasEditing.current = cancelled
            setEditing(false)
          }}
        />
      ) : (
        <>
          <QuestionWords createdAt={createdAt} faint={isOnItsWay}>
            {hasWords
              ? message.partKeys.map((key, index) => (
                  <UserText key={key} sessionId={sessionId} messageId={message.id} index={index} />
                ))
              : null}
          </QuestionWords>
          <div className={cx('contents', isOnItsWay && '*:opacity-65')}>
            <LiveMessageFiles sessionId={sessionId} message={message} />
          </div>
        </>
      )}
      {message.delivery === 'stored' && !editing && (
        <div className="flex min-h-6 items-center gap-2 touch:-my-1.5">
          <div className="flex items-center gap-1 text-2xs text-faint transition-opacity duration-(--quick) focus-within:opacity-100 group-hover/question:opacity-100 [@media(hover:hover)]:opacity-0">
            {createdAt !== undefined && (
              <time
                dateTime={new Date(createdAt).toISOString()}
                title={formatInstant(createdAt)}
                className="tabular-nums"
              >
                {formatTime(createdAt)}
              </time>
            )}
            <EditButton sessionId={sessionId} takesFocus={wasEditing} onEdit={() => setEditing(true)} />
            <MessageActions sessionId={sessionId} messageId={message.id} what="question" hasWords={hasWords} />
          </div>
          <VersionSwitch message={message} />
        </div>
      )}
      {!isAnswered && (
        <div className="mt-3 grid gap-1.5 self-start empty:hidden">
          <EndNote metadata={message.metadata} />
          <RetryButton sessionId={sessionId} metadata={message.metadata} />
        </div>
      )}
      {(message.delivery === 'held' || message.delivery === 'failed') && (
        <UnsentNote sessionId={sessionId} message={message} />
      )}
    </div>
  )
}

function UserText({ sessionId, messageId, index }: { sessionId: string; messageId: string; index: number }) {
  const part = usePart(sessionId, messageId, index)
  return part?.type === 'text' ? part.text : null
}
