'use client'

import { Download, LoaderCircle } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { useAttachmentAddress } from '@/components/chat/attachments/message-files'
import { pagePath, readWholeText } from '@/components/chat/attachments/trays'
import { useClient } from '@/components/chat/live'
import { useShareQuery } from '@/components/evidence/evidence-share'
import { Button, buttonClass } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import { formatBytes } from '@/components/ui/format'
import { Modal } from '@/components/ui/modal'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { AttachedFile } from '@/lib/agent/attached'

/** A file in full: a text page by page, an image as large as there is room. */
export default function AttachmentViewer({ file, onClose }: { file: AttachedFile; onClose: () => void }) {
  const address = useAttachmentAddress(file.id)
  return (
    <Modal
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={file.name}
      description={`${file.kind === 'image' ? file.mediaType : 'Text'}, ${formatBytes(file.bytes)}`}
    >
      <div className="grid gap-3" data-testid="attachment-viewer">
        <div className="flex flex-wrap justify-end gap-1.5">
          {file.kind === 'text' && <CopyAll file={file} />}
          <a href={address} download={file.name} className={buttonClass({ size: 'small' })}>
            <Download size={13} aria-hidden />
            Download
          </a>
        </div>
        {file.kind === 'image' ? (
          // biome-ignore lint/performance/noImgElement: it is behind the caller's own sign-in, which an optimiser has not
          <img src={address} alt={file.name} className="mx-auto max-h-[65dvh] max-w-full rounded-md object-contain" />
        ) : (
          <TextPages file={file} />
        )}
      </div>
    </Modal>
  )
}

function CopyAll({ file }: { file: AttachedFile }) {
  const client = useClient()
  const share = useShareQuery()
  const [busy, setBusy] = useState(false)
  const copy = async () => {
    setBusy(true)
    try {
      await navigator.clipboard.writeText(await readWholeText(client, file.id, share))
      toast.success('Copied')
    } catch (error) {
      toastError('Not copied', error)
    }
    setBusy(false)
  }
  return (
    <Button size="small" busy={busy} onClick={copy} data-testid="copy-attachment">
      Copy
    </Button>
  )
}

/** A browser shows so much text at once without a stutter. */
const PAGE_BYTES = 128 * 1024

interface Read {
  pages: { offset: number; text: string }[]
  next: number | null
}

function TextPages({ file }: { file: AttachedFile }) {
  const client = useClient()
  const share = useShareQuery()
  const [read, setRead] = useState<Read>({ pages: [], next: 0 })
  const [busy, setBusy] = useState(true)
  const [failure, setFailure] = useState<string | null>(null)

  const load = useCallback(
    async (offset: number, isWanted: () => boolean) => {
      setBusy(true)
      setFailure(null)
      try {
        const page = await client.request<{ content: string; nextOffset: number | null }>(
          'GET',
          pagePath(file.id, offset, PAGE_BYTES, share),
        )
        if (!isWanted()) return
        setRead(({ pages }) => ({
          pages: [...pages.filter((one) => one.offset < offset), { offset, text: page.content }],
          next: page.nextOffset,
        }))
      } catch (error) {
        if (isWanted()) setFailure(messageOf(error))
      }
      if (isWanted()) setBusy(false)
    },
    [client, file.id, share],
  )

  useEffect(() => {
    let isWanted = true
    void load(0, () => isWanted)
    return () => {
      isWanted = false
    }
  }, [load])

  return (
    <div className="min-w-0">
      {failure && <Notice tone="danger">{failure}</Notice>}
      {read.pages.length > 0 && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
          className="max-h-[60dvh] overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]"
        >
          {read.pages.map(({ offset, text }) => (
            <span key={offset}>{text}</span>
          ))}
        </pre>
      )}
      {busy && read.pages.length === 0 && (
        <p className="flex items-center gap-2 text-sm text-muted">
          <LoaderCircle size={14} aria-hidden className="animate-spin" /> Loading…
        </p>
      )}
      {read.next !== null && read.pages.length > 0 && (
        <div className="flex items-center justify-center gap-3 pt-3 text-xs text-muted">
          {formatBytes(read.next)} of {formatBytes(file.bytes)}
          <Button size="small" busy={busy} onClick={() => read.next !== null && load(read.next, () => true)}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}
