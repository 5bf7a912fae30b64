'use client'

import { ApprovalCard } from '@/components/approvals/approval-card'
import { MessageFiles } from '@/components/chat/attachments/message-files'
import { MessageFooter } from '@/components/chat/message-footer'
import { groupParts } from '@/components/chat/part-groups'
import { QuestionWords } from '@/components/chat/question-words'
import { Reasoning } from '@/components/chat/reasoning'
import { ContinuedNote, EndNote, TrimmedNote } from '@/components/chat/run-note'
import { ToolCard } from '@/components/chat/tool-card'
import { ToolGroupFrame } from '@/components/chat/tool-group-frame'
import { Markdown } from '@/components/markdown/markdown'
import { attachedTo } from '@/lib/agent/attached'
import type { LongwatchMessage } from '@/lib/agent/events'
import { isToolPart } from '@/lib/sessions/fold/state'

/** One message as it was stored; `withFiles`: what went with a question may be read. */
export function SharedMessage({ message, withFiles }: { message: LongwatchMessage; withFiles: boolean }) {
  const { metadata } = message
  if (message.role === 'user') {
    const words = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
    return (
      <div className="flex flex-col items-end gap-1 pt-6" data-testid="message-user">
        <QuestionWords createdAt={metadata?.createdAt}>{words.length === 0 ? null : words}</QuestionWords>
        <MessageFiles files={attachedTo(message)} readable={withFiles} />
        <div className="self-start empty:hidden">
          <EndNote metadata={metadata} />
        </div>
      </div>
    )
  }
  return (
    <article className="pt-4" data-testid="message-assistant">
      <h2 className="sr-only">Answer</h2>
      <div className="message-parts">
        {groupParts(message.parts.map(({ type }) => type)).map((group) => {
          if (group.kind === 'part') return <SharedPart key={group.index} message={message} index={group.index} />
          const calls = group.indexes.map((index) => message.parts[index]).filter((part) => part !== undefined)
          return (
            <ToolGroupFrame key={group.indexes[0]} parts={calls.filter(isToolPart)} live={false}>
              {group.indexes.map((index) => (
                <SharedPart key={index} message={message} index={index} />
              ))}
            </ToolGroupFrame>
          )
        })}
      </div>
      <div className="mt-2.5 grid gap-1 empty:hidden">
        <ContinuedNote attempts={metadata?.attempts} />
        <EndNote metadata={metadata} />
        <MessageFooter metadata={metadata} />
      </div>
    </article>
  )
}

function SharedPart({ message, index }: { message: LongwatchMessage; index: number }) {
  const part = message.parts[index]
  if (!part) return null
  if (isToolPart(part)) return <ToolCard part={part} live={false} />
  switch (part.type) {
    case 'text':
      return <Markdown text={part.text} streaming={false} />
    case 'reasoning': {
      const id = 'id' in part && typeof part.id === 'string' ? part.id : ''
      return <Reasoning text={part.text} streaming={false} durationMs={message.metadata?.reasoningMs?.[id]} />
    }
    case 'data-approval':
      return <ApprovalCard runId="" approval={part.data} mayDecide={false} isOver />
    case 'data-context':
      return <TrimmedNote context={part.data} />
    default:
      return null
  }
}
