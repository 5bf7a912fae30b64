'use client'

import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { filesOfMessage } from '@/components/chat/attachments/files-of'
import { draftKey, readDraft, writeDraft } from '@/components/chat/drafts'

import { focusComposer } from '@/components/chat/focus-composer'
import { useClient, useRunState } from '@/components/chat/live'
import { randomKey } from '@/components/chat/live/environment'
import { isPassing } from '@/components/chat/live/send'
import { useThread } from '@/components/chat/thread-context'
import { useVersions } from '@/components/chat/versions/context'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { isComposing } from '@/components/ui/keyboard'

interface QuestionEditorProps {
  sessionId: string
  messageId: string
  /** As it was asked. */
  text: string
  /** `cancelled`: the focus is to go back to where it was. */
  onClose: (cancelled: boolean) => void
}

/** In the place of a question: its text, to be changed and asked anew. What was typed outlives a reload. */
export function QuestionEditor({ sessionId, messageId, text, onClose }: QuestionEditorProps) {
  const client = useClient()
  const organisationId = useWorkspace().current.organisation.id
  const { status } = useRunState(sessionId)
  const { jump } = useThread()
  const { leave } = useVersions()
  const draft = draftKey(`edit-${messageId}`, organisationId)
  const [value, setValue] = useState(() => readDraft(draft) ?? text)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  /** Sent again after the network lost it, the same text is the same request. */
  const lost = useRef<{ message: string; whenBusy: 'steer' | 'reject'; key: string } | null>(null)
  const isRunning = status === 'running' || status === 'waiting'
  const message = value.trim()

  useEffect(() => {
    const element = area.current
    element?.focus({ preventScroll: true })
    element?.setSelectionRange(element.value.length, element.value.length)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => {
    const element = area.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight + 2}px`
  }, [value])

  const change = (next: string) => {
    setError(null)
    setValue(next)
    writeDraft(draft, next === text ? '' : next)
  }

  const cancel = () => {
    writeDraft(draft, '')
    onClose(true)
  }

  const send = async () => {
    if (message === '' || busy) return
    setBusy(true)
    setError(null)
    const whenBusy = isRunning ? 'steer' : 'reject'
    const again = lost.current?.message === message ? lost.current : null
    const request = again ?? { message, whenBusy, key: `edit_${randomKey()}` }
    const { key, ...input } = request
    try {
      const attachments = filesOfMessage(client.session(sessionId), messageId)
      const edited = { organisationId, sessionId, replaces: messageId, attachments, ...input }
      const { status: asked } = await client.replace(edited, key)
      writeDraft(draft, '')
      // Else this goes away with its question, and nothing of the old thread is seen in between.
      if (asked === 'queued') onClose(false)
      // The address may name the version that was replaced just now.
      leave(true)
      jump()
      focusComposer()
    } catch (failure) {
      lost.current = isPassing(failure) ? request : null
      setError(messageOf(failure))
      setBusy(false)
      requestAnimationFrame(() => area.current?.focus({ preventScroll: true }))
    }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      if (!busy) cancel()
    }
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return
    event.preventDefault()
    void send()
  }

  return (
    <form
      aria-label="Edit the question"
      data-testid="question-editor"
      className="w-full max-w-[88%] max-sm:max-w-full"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        ref={area}
        rows={1}
        value={value}
        readOnly={busy}
        aria-label="Edited question"
        aria-describedby={`${messageId}-consequence`}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
        className="block max-h-[40dvh] w-full resize-none rounded-xl rounded-br-sm border border-line-strong bg-surface px-3.5 py-2 text-base leading-relaxed shadow-rest focus-visible:outline-offset-0"
      />
      {error && (
        <p role="alert" className="mt-1.5 text-xs text-danger">
          Not sent: {error}
        </p>
      )}
      <div className="mt-1.5 flex flex-wrap items-center justify-end gap-x-3 gap-y-1.5">
        <p id={`${messageId}-consequence`} className="min-w-0 flex-1 basis-56 text-xs text-muted">
          {isRunning && 'What runs is stopped. '}
          What follows is replaced; this version stays reachable.
        </p>
        <div className="flex gap-1.5">
          <Button size="small" variant="quiet" disabled={busy} onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" size="small" variant="primary" busy={busy} disabled={message === ''}>
            {isRunning ? 'Stop and send' : 'Send'}
          </Button>
        </div>
      </div>
    </form>
  )
}
