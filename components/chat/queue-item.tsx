'use client'

import { ArrowDown, ArrowUp, PencilLine, SendHorizontal, X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { QueueItem } from '@/components/chat/live/types'
import { Button, IconButton } from '@/components/ui/button'
import { isComposing } from '@/components/ui/keyboard'
import { toastError } from '@/components/ui/toaster'

/** A message that waits for its turn. */
export function QueueItemRow({
  sessionId,
  item,
  mayAct,
  onUp,
  onDown,
  onSendNow,
}: {
  sessionId: string
  item: QueueItem
  mayAct: boolean
  onUp?: () => void
  onDown?: () => void
  onSendNow: () => Promise<void>
}) {
  const [editing, setEditing] = useState(false)
  const [removing, setRemoving] = useState(false)
  const [sending, setSending] = useState(false)
  const client = useClient()

  const remove = async () => {
    setRemoving(true)
    try {
      await client.removeQueued(sessionId, item.id)
    } catch (error) {
      setRemoving(false)
      toastError('Not removed', error)
    }
  }

  const sendNow = async () => {
    setSending(true)
    try {
      await onSendNow()
    } catch (error) {
      toastError('Not sent now', error)
    }
    setSending(false)
  }

  if (editing) {
    return (
      <li data-testid="queue-item" data-run={item.id}>
        <QueueEditor sessionId={sessionId} item={item} onDone={() => setEditing(false)} />
      </li>
    )
  }
  return (
    <li
      data-testid="queue-item"
      data-run={item.id}
      className="group flex items-center gap-1 rounded-md px-1.5 hover:bg-hover"
    >
      <p className="min-w-0 flex-1 truncate py-1" title={item.message}>
        {item.message}
      </p>
      {mayAct && (
        <span className="flex shrink-0 text-muted">
          <Action
            label="Send now"
            onClick={sending ? undefined : sendNow}
            icon={<SendHorizontal size={14} aria-hidden />}
          />
          <Action label="Move up" onClick={onUp} icon={<ArrowUp size={14} aria-hidden />} />
          <Action label="Move down" onClick={onDown} icon={<ArrowDown size={14} aria-hidden />} />
          <Action label="Edit" onClick={() => setEditing(true)} icon={<PencilLine size={14} aria-hidden />} />
          <Action label="Remove" onClick={removing ? undefined : remove} icon={<X size={14} aria-hidden />} />
        </span>
      )}
    </li>
  )
}

function Action({ label, onClick, icon }: { label: string; onClick?: () => void; icon: ReactNode }) {
  return (
    <IconButton small label={label} onClick={onClick} disabled={!onClick}>
      {icon}
    </IconButton>
  )
}

function QueueEditor({ sessionId, item, onDone }: { sessionId: string; item: QueueItem; onDone: () => void }) {
  const [text, setText] = useState(item.message)
  const [busy, setBusy] = useState(false)
  const client = useClient()
  const area = useRef<HTMLTextAreaElement>(null)

  const save = async () => {
    const wanted = text.trim()
    if (wanted === '' || wanted === item.message) return onDone()
    setBusy(true)
    try {
      await client.editQueued(sessionId, item.id, wanted)
      onDone()
    } catch (error) {
      setBusy(false)
      toastError('Not changed', error)
      area.current?.focus()
    }
  }

  return (
    <div className="grid gap-1.5 p-1">
      <textarea
        ref={area}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to edit this text
        autoFocus
        rows={2}
        value={text}
        aria-label="Queued message"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return
          if (event.key === 'Escape') onDone()
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault()
            void save()
          }
        }}
        className="w-full resize-y rounded-md border border-line-strong bg-surface px-2 py-1.5 focus-visible:outline-offset-0"
      />
      <div className="flex justify-end gap-1.5">
        <Button size="small" variant="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button size="small" variant="primary" busy={busy} onClick={save}>
          Save
        </Button>
      </div>
    </div>
  )
}
