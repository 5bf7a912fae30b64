'use client'

import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { AttachButton } from '@/components/chat/attachments/attach-button'
import { AttachedChips } from '@/components/chat/attachments/attached-chips'
import { filesOfMessage } from '@/components/chat/attachments/files-of'
import { endTray } from '@/components/chat/attachments/trays'
import { useAttaching } from '@/components/chat/attachments/use-attaching'
import { useFileDrop } from '@/components/chat/attachments/use-file-drop'
import { draftKey, readDraft, writeDraft } from '@/components/chat/drafts'
import { focusComposer } from '@/components/chat/focus-composer'
import { useClient, useRunState, useSessionHead } from '@/components/chat/live'
import { randomKey } from '@/components/chat/live/environment'
import { isPassing } from '@/components/chat/live/send'
import { isTooLong, TOO_LONG } from '@/components/chat/message-length'
import { useThread } from '@/components/chat/thread-context'
import { useVersions } from '@/components/chat/versions/context'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { isComposing } from '@/components/ui/keyboard'
import { useGrowing } from '@/components/ui/use-growing'

interface QuestionEditorProps {
  sessionId: string
  messageId: string
  /** As it was asked. */
  text: string
  /** `cancelled`: the focus is to go back to where it was. */
  onClose: (cancelled: boolean) => void
}

/** In the place of a question: its words and files, to be changed and asked anew. What was changed outlives a reload. */
export function QuestionEditor({ sessionId, messageId, text, onClose }: QuestionEditorProps) {
  const client = useClient()
  const organisationId = useWorkspace().current.organisation.id
  const { session } = useSessionHead(sessionId)
  const { status } = useRunState(sessionId)
  const { jump } = useThread()
  const { leave } = useVersions()
  const draft = draftKey(`edit-${messageId}`, organisationId)
  const [value, setValue] = useState(() => readDraft(draft) ?? text)
  const [original] = useState(() => filesOfMessage(client.session(sessionId), messageId))
  const attaching = useAttaching(draft, organisationId, session?.model ?? null, original)
  const { tray } = attaching
  const { isOver, handlers } = useFileDrop(tray.add)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  /** Sent again after the network lost it, the same question is the same request. */
  const lost = useRef<{ asked: string; whenBusy: 'steer' | 'reject'; key: string } | null>(null)
  const isRunning = status === 'running' || status === 'waiting'
  const message = value.trim()
  const isLong = isTooLong(message)
  const saysSomething = message !== '' || attaching.items.length > 0
  const maySend = saysSomething && !busy && !isLong && attaching.problem === null
  useGrowing(area, value)

  useEffect(() => {
    const element = area.current
    element?.focus({ preventScroll: true })
    element?.setSelectionRange(element.value.length, element.value.length)
  }, [])

  const focus = () => area.current?.focus({ preventScroll: true })

  const change = (next: string) => {
    setError(null)
    setValue(next)
    writeDraft(draft, next === text ? '' : next)
  }

  const cancel = () => {
    writeDraft(draft, '')
    endTray(draft, 'discarded')
    onClose(true)
  }

  const send = async () => {
    if (!maySend) return
    setBusy(true)
    setError(null)
    let request = { asked: '', whenBusy: isRunning ? ('steer' as const) : ('reject' as const), key: '' }
    try {
      const attachments = (await tray.settled()).map(({ file }) => file)
      // The only file was taken off while it was waited for.
      if (message === '' && attachments.length === 0) return setBusy(false)
      const asked = JSON.stringify([message, attachments.map(({ id }) => id)])
      request = lost.current?.asked === asked ? lost.current : { ...request, asked, key: `edit_${randomKey()}` }
      const { whenBusy, key } = request
      const edited = { organisationId, sessionId, replaces: messageId, message, attachments, whenBusy }
      const { status: answered } = await client.replace(edited, key)
      writeDraft(draft, '')
      endTray(draft, 'sent')
      // Else this goes away with its question, and nothing of the old thread is seen in between.
      if (answered === 'queued') onClose(false)
      // The address may name the version that was replaced just now.
      leave(true)
      jump()
      focusComposer()
    } catch (failure) {
      lost.current = isPassing(failure) ? request : null
      setError(messageOf(failure))
      setBusy(false)
      requestAnimationFrame(focus)
    }
  }

  /** A text that was taken for a file stands in the question after all. */
  const putBack = (item: string) =>
    attaching.putBack(item, value).then(
      (next) => {
        change(next)
        focus()
      },
      (failure: unknown) => setError(messageOf(failure)),
    )

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      if (!busy) cancel()
    }
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.target !== area.current) return
    event.preventDefault()
    void send()
  }

  const problem = isLong ? TOO_LONG : error ? `Not sent: ${error}` : attaching.problem
  return (
    <form
      aria-label="Edit the question"
      data-testid="question-editor"
      data-drop-here={isOver || undefined}
      className="w-full max-w-[88%] max-sm:max-w-full"
      onKeyDown={onKeyDown}
      {...handlers}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <div
        className={cx(
          'rounded-xl rounded-br-sm border bg-surface shadow-rest transition-colors focus-within:border-(--focus) focus-within:ring-2 focus-within:ring-(--focus)/20',
          isOver ? 'border-dashed border-accent' : 'border-line-strong',
        )}
      >
        <AttachedChips
          items={attaching.items}
          takesImages={attaching.takesImages}
          onRetry={tray.retry}
          onRemove={(item) => {
            setError(null)
            tray.remove(item)
            focus()
          }}
          onTakeText={putBack}
        />
        <textarea
          ref={area}
          rows={1}
          value={value}
          readOnly={busy}
          aria-label="Edited question"
          placeholder="Add a question…"
          aria-describedby={`${messageId}-consequence`}
          onChange={(event) => change(event.target.value)}
          onPaste={attaching.onPaste}
          className="block max-h-[40dvh] w-full resize-none bg-transparent px-3.5 py-2 text-base leading-relaxed outline-none"
        />
      </div>
      {problem && (
        <p role="alert" className="mt-1.5 text-xs text-danger">
          {problem}
        </p>
      )}
      <div className="mt-1.5 flex flex-wrap items-center justify-end gap-x-2 gap-y-1.5">
        <AttachButton takesImages={attaching.takesImages} onChoose={tray.add} />
        <p id={`${messageId}-consequence`} className="min-w-0 flex-1 basis-56 text-xs text-muted">
          {isRunning && 'What runs is stopped. '}
          What follows is replaced; this version stays reachable.
        </p>
        <div className="flex gap-1.5">
          <Button size="small" variant="quiet" disabled={busy} onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" size="small" variant="primary" busy={busy} disabled={!busy && !maySend}>
            {isRunning ? 'Stop and send' : 'Send'}
          </Button>
        </div>
      </div>
    </form>
  )
}
