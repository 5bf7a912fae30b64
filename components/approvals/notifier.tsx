'use client'

import { useEffect, useRef } from 'react'
import { wantsNotifications } from '@/components/approvals/notifications'
import { approvalsPath } from '@/components/approvals/paths'
import { useSessionList } from '@/components/chat/live'
import { useWorkspace } from '@/components/sessions/workspace'

/** Tells of new approvals through the browser while the page is hidden. What was there before the page is not told. */
export function ApprovalNotifier() {
  const { organisation } = useWorkspace().current
  const { waitingForMe } = useSessionList(organisation.id)
  const known = useRef<ReadonlySet<string> | null>(null)
  useEffect(() => {
    if (!waitingForMe) return
    const before = known.current
    known.current = new Set(waitingForMe)
    if (!before || !document.hidden || !wantsNotifications()) return
    const fresh = waitingForMe.filter((id) => !before.has(id))
    const [first] = fresh
    if (!first) return
    const body =
      fresh.length === 1 ? 'A tool call waits for your approval.' : `${fresh.length} tool calls wait for you.`
    // The same tag in every hidden tab: the browser shows one.
    const notification = new Notification(`Longwatch · ${organisation.name}`, { body, tag: `longwatch:${first}` })
    notification.onclick = () => {
      window.focus()
      window.location.assign(approvalsPath(organisation.slug))
    }
  }, [waitingForMe, organisation.name, organisation.slug])
  return null
}
