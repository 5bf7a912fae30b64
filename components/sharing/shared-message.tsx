'use client'

import { MessageFooter } from '@/components/chat/message-footer'
import { Reasoning } from '@/components/chat/reasoning'
import { ContinuedNote, EndNote, TrimmedNote } from '@/components/chat/run-note'
import { ToolCard } from '@/components/chat/tool-card'
import { Markdown } from '@/components/markdown/markdown'
import { formatInstant } from '@/components/ui/format'
import type { LongwatchMessage } from '@/lib/agent/events'
import { isToolPart } from '@/lib/sessions/fold/state'

/** One message as it was stored. */
export function SharedMessage({ message }: { message: LongwatchMessage }) {
  const { metadata } = message
  if (message.role === 'user') {
    return (
      <div className="flex flex-col items-end gap-1 pt-6" data-testid="message-user">
        <div
          title={metadata?.createdAt === undefined ? undefined : formatInstant(metadata.createdAt)}
          className="max-w-[88%] rounded-xl rounded-br-sm border border-line bg-accent-soft px-3.5 py-2 leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere] sm:max-w-[80%]"
        >
          <h2 className="sr-only">Question</h2>
          {message.parts.map((part) => (part.type === 'text' ? part.text : null))}
        </div>
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
        {message.parts.map((part, index) => {
          const key = `${message.id}:${index}`
          if (isToolPart(part)) return <ToolCard key={key} part={part} live={false} />
          if (part.type === 'text') return <Markdown key={key} text={part.text} streaming={false} />
          if (part.type === 'reasoning') return <Reasoning key={key} text={part.text} streaming={false} />
          if (part.type === 'data-context') return <TrimmedNote key={key} context={part.data} />
          return null
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
