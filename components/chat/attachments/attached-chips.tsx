'use client'

import { FileText, ImageIcon, RotateCw, TextCursorInput, TriangleAlert, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { TrayItem } from '@/components/chat/attachments/tray'
import { IconButton } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { formatBytes } from '@/components/ui/format'

interface ChipsProps {
  items: readonly TrayItem[]
  takesImages: boolean
  onRetry: (key: string) => void
  onRemove: (key: string) => void
  /** A pasted text is to stand in the question instead. */
  onTakeText: (key: string) => void
}

/** The files that will go with the question, above the field in which it is written. */
export function AttachedChips({ items, ...rest }: ChipsProps) {
  const list = useRef<HTMLUListElement>(null)
  const before = useRef(items.length)
  useEffect(() => {
    // What has just been added may be what is wrong.
    if (items.length > before.current) list.current?.scrollTo({ top: list.current.scrollHeight })
    before.current = items.length
  }, [items.length])
  if (items.length === 0) return null
  return (
    <ul ref={list} aria-label="Attached files" className="flex max-h-40 flex-wrap gap-1.5 overflow-y-auto px-2 pt-2">
      {items.map((item) => (
        <Chip key={item.key} item={item} {...rest} />
      ))}
    </ul>
  )
}

function Chip({ item, takesImages, onRetry, onRemove, onTakeText }: Omit<ChipsProps, 'items'> & { item: TrayItem }) {
  const isUnwanted = item.kind === 'image' && !takesImages
  const isBad = item.state === 'failed' || isUnwanted
  const Icon = isBad ? TriangleAlert : item.kind === 'image' ? ImageIcon : FileText
  return (
    <li
      data-testid="chip"
      data-state={item.state}
      data-kind={item.kind}
      className={cx(
        'relative flex max-w-full min-w-0 items-center gap-2 overflow-hidden rounded-lg border py-1 pr-1 pl-2.5 text-xs',
        isBad ? 'border-danger/50 bg-danger-soft' : 'border-line bg-sunken',
      )}
    >
      <Icon size={14} aria-hidden className={cx('shrink-0', isBad ? 'text-danger' : 'text-muted')} />
      <span className="min-w-0">
        <span className="block max-w-52 truncate font-medium" title={item.name}>
          {item.name}
        </span>
        <span className={cx('block max-w-64 text-2xs', isBad ? 'text-danger' : 'text-muted')}>
          {isUnwanted ? 'The chosen model takes no images.' : stateOf(item)}
        </span>
      </span>
      <span className="flex shrink-0">
        {item.state === 'failed' && item.again && (
          <IconButton small label={`Try ${item.name} again`} onClick={() => onRetry(item.key)}>
            <RotateCw size={13} aria-hidden />
          </IconButton>
        )}
        {item.isPasted && (
          <IconButton small label="Put it back as text" onClick={() => onTakeText(item.key)}>
            <TextCursorInput size={14} aria-hidden />
          </IconButton>
        )}
        <IconButton small label={`Remove ${item.name}`} onClick={() => onRemove(item.key)}>
          <X size={14} aria-hidden />
        </IconButton>
      </span>
      {item.state === 'uploading' && (
        <span
          role="progressbar"
          aria-label={`Sending ${item.name}`}
          aria-valuenow={Math.round(item.progress * 100)}
          className="absolute inset-x-0 bottom-0 h-0.5 origin-left bg-accent transition-transform"
          style={{ transform: `scaleX(${Math.max(0.03, item.progress)})` }}
        />
      )}
    </li>
  )
}

function stateOf(item: TrayItem): string {
  if (item.state === 'failed') return item.message
  const size = formatBytes(item.bytes)
  return item.state === 'uploading' ? `${size}, sending ${Math.round(item.progress * 100)} %` : size
}
