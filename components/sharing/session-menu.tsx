'use client'

import { Braces, Ellipsis, FileText, Share2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu'

const ShareDialog = dynamic(() => import('@/components/sharing/share-dialog'), { ssr: false })

/** Share a session, or take it along as a file. */
export function SessionMenu({ sessionId, mayShare }: { sessionId: string; mayShare: boolean }) {
  const [sharing, setSharing] = useState(false)
  const save = (format: 'markdown' | 'json') =>
    window.location.assign(`/api/sessions/${encodeURIComponent(sessionId)}/export?format=${format}`)
  return (
    <>
      <Menu>
        <MenuTrigger
          aria-label="Share or export this session"
          data-testid="session-menu"
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
        >
          <Ellipsis size={17} aria-hidden />
        </MenuTrigger>
        <MenuContent align="end">
          {mayShare && (
            <MenuItem icon={<Share2 size={15} aria-hidden />} onSelect={() => setSharing(true)}>
              Share…
            </MenuItem>
          )}
          <MenuItem icon={<FileText size={15} aria-hidden />} onSelect={() => save('markdown')}>
            Export as Markdown
          </MenuItem>
          <MenuItem icon={<Braces size={15} aria-hidden />} onSelect={() => save('json')}>
            Export as JSON
          </MenuItem>
        </MenuContent>
      </Menu>
      {sharing && <ShareDialog sessionId={sessionId} onClose={() => setSharing(false)} />}
    </>
  )
}
