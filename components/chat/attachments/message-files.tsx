'use client'

import { FileText, ImageOff } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { useClient, useParts } from '@/components/chat/live'
import type { MessageView } from '@/components/chat/live/types'
import { useShareQuery } from '@/components/evidence/evidence-share'
import { formatBytes } from '@/components/ui/format'
import { type AttachedFile, attachedFile, attachmentPath } from '@/lib/agent/attached'

const AttachmentViewer = dynamic(() => import('@/components/chat/attachments/attachment-viewer'), { ssr: false })

/** The files of a question that is shown from the live state. */
export function LiveMessageFiles({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const { partTypes } = message
  const indexes = useMemo(() => partTypes.flatMap((type, index) => (type === 'file' ? [index] : [])), [partTypes])
  const parts = useParts(sessionId, message.id, indexes)
  return <MessageFiles files={parts.flatMap((part) => attachedFile(part) ?? [])} />
}

/** What went with a question: images small, texts by name; each opens. Without `readable` they are only named. */
export function MessageFiles({ files, readable = true }: { files: readonly AttachedFile[]; readable?: boolean }) {
  const [open, setOpen] = useState<AttachedFile | null>(null)
  if (files.length === 0) return null
  return (
    <>
      <ul aria-label="Attached files" className="flex max-w-[88%] flex-wrap justify-end gap-1.5 sm:max-w-[80%]">
        {files.map((file) => (
          <li key={file.id} className="max-w-full" data-testid="message-file" data-kind={file.kind}>
            {!readable ? (
              <FileName file={file} />
            ) : file.kind === 'image' ? (
              <Thumbnail file={file} onOpen={() => setOpen(file)} />
            ) : (
              <button type="button" onClick={() => setOpen(file)} className="max-w-full rounded-lg hover:bg-hover">
                <FileName file={file} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {open && <AttachmentViewer file={open} onClose={() => setOpen(null)} />}
    </>
  )
}

function FileName({ file, icon: Icon = FileText }: { file: AttachedFile; icon?: typeof FileText }) {
  return (
    <span className="flex max-w-full items-center gap-2 rounded-lg border border-line px-2.5 py-1.5 text-left text-xs">
      <Icon size={14} aria-hidden className="shrink-0 text-muted" />
      <span className="max-w-56 truncate font-medium" title={file.name}>
        {file.name}
      </span>
      <span className="shrink-0 text-2xs text-muted">{formatBytes(file.bytes)}</span>
    </span>
  )
}

function Thumbnail({ file, onOpen }: { file: AttachedFile; onOpen: () => void }) {
  const [isGone, setGone] = useState(false)
  const address = useAttachmentAddress(file.id)
  if (isGone) return <FileName file={file} icon={ImageOff} />
  return (
    <button type="button" onClick={onOpen} className="block overflow-hidden rounded-lg border border-line bg-sunken">
      {/* biome-ignore lint/performance/noImgElement: it is behind the caller's own sign-in, which an optimiser has not */}
      <img
        src={address}
        alt={file.name}
        width={96}
        height={96}
        loading="lazy"
        className="size-24 object-cover"
        onError={() => setGone(true)}
      />
    </button>
  )
}

/** Where a file's content is; through a share where the page is one. */
export function useAttachmentAddress(id: string): string {
  const client = useClient()
  const share = useShareQuery()
  return client.url(`${attachmentPath(id)}${share.replace(/^&/, '?')}`)
}
