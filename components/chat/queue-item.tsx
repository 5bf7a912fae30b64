'use client'

import { ArrowDown, ArrowUp, Ellipsis, type LucideIcon, Paperclip, PencilLine, SendHorizontal, X } from 'lucide-react'
import { useRef, useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { QueueItem } from '@/components/chat/live/types'
import { Button, IconButton } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { isComposing } from '@/components/ui/keyboard'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu'
import { toastError } from '@/components/ui/toaster'
import type { AttachedFile } from '@/lib/agent/attached'

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
  const [busy, setBusy] = useState(false)
  const client = useClient()

  if (editing) {
    return (
      <li data-testid="queue-item" data-run={item.id}>
        <QueueEditor sessionId={sessionId} item={item} onDone={() => setEditing(false)} />
      </li>
    )
  }

  const act = async (what: string, work: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await work()
    } catch (error) {
      toastError(what, error)
    }
    setBusy(false)
  }
  const remove = () => act('Not removed', () => client.removeQueued(sessionId, item.id))
  const actions: Action[] = [
    { label: 'Move up', icon: ArrowUp, run: onUp },
    { label: 'Move down', icon: ArrowDown, run: onDown },
    { label: 'Edit', icon: PencilLine, run: () => setEditing(true) },
    { label: 'Remove', icon: X, run: busy ? undefined : remove },
  ]
  return (
    <li
      data-testid="queue-item"
      data-run={item.id}
      className="group flex items-center gap-1 rounded-md px-1.5 hover:bg-hover"
    >
      <QueuedWords item={item} />
      <QueuedFiles files={item.attachments ?? []} />
      {mayAct && (
        <span className="flex shrink-0 text-muted">
          <IconButton small label="Send now" disabled={busy} onClick={() => act('Not sent now', onSendNow)}>
            <SendHorizontal size={14} aria-hidden />
          </IconButton>
          {/* A row on a phone has room for its text or for its buttons. */}
          <span className="flex max-sm:hidden">
            {actions.map(({ label, icon: Icon, run }) => (
              <IconButton key={label} small label={label} onClick={run} disabled={!run}>
                <Icon size={14} aria-hidden />
              </IconButton>
            ))}
          </span>
          <RowMenu actions={actions} />
        </span>
      )}
    </li>
  )
}

/** What a queued message says; one of files alone says their names. */
function QueuedWords({ item }: { item: QueueItem }) {
  const isAlone = item.message === ''
  const words = isAlone ? namesOf(item.attachments ?? []) : item.message
  return (
    <p
      className={cx(
        'line-clamp-2 min-w-0 flex-1 py-1 [overflow-wrap:anywhere] sm:line-clamp-1',
        isAlone && 'text-muted',
      )}
      title={words}
    >
      {words}
    </p>
  )
}

const namesOf = (files: readonly AttachedFile[]) => files.map(({ name }) => name).join(', ')

interface Action {
  label: string
  icon: LucideIcon
  /** Undefined: not now. */
  run: (() => void) | undefined
}

function RowMenu({ actions }: { actions: Action[] }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton small label="More for this message" className="sm:hidden">
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="end" side="top">
        {actions.map(({ label, icon: Icon, run }) => (
          <MenuItem key={label} icon={<Icon size={15} aria-hidden />} disabled={!run} onSelect={run}>
            {label}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  )
}

/** How many files go with a queued message, and which. */
function QueuedFiles({ files }: { files: readonly AttachedFile[] }) {
  if (files.length === 0) return null
  const label = `With ${files.length === 1 ? 'a file' : `${files.length} files`}: ${namesOf(files)}`
  return (
    <span data-testid="queued-files" title={label} className="flex shrink-0 items-center gap-1 text-2xs text-muted">
      <Paperclip size={12} aria-hidden />
      <span aria-hidden>{files.length}</span>
      <span className="sr-only">{label}</span>
    </span>
  )
}

function QueueEditor({ sessionId, item, onDone }: { sessionId: string; item: QueueItem; onDone: () => void }) {
  const [text, setText] = useState(item.message)
  const [busy, setBusy] = useState(false)
  const client = useClient()
  const area = useRef<HTMLTextAreaElement>(null)

  const save = async () => {
    const wanted = text.trim()
    const saysNothing = wanted === '' && (item.attachments ?? []).length === 0
    if (saysNothing || wanted === item.message) return onDone()
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
