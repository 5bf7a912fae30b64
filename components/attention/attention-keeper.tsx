'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { approvalsPath } from '@/components/approvals/paths'
import { wantsNotificationOf } from '@/components/attention/notifications'
import { createTitleBadge, type TitleBadge } from '@/components/attention/title-badge'
import { notificationsFor, titlePrefix } from '@/components/attention/words'
import { useAttention, useClient } from '@/components/chat/live'
import { sessionPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'
import { leaving } from '@/components/ui/unsaved'

/** Tells in the title and through the browser what has happened while nobody looked. One per page. */
export function AttentionKeeper() {
  const client = useClient()
  const router = useRouter()
  const { organisation } = useWorkspace().current
  const prefix = titlePrefix(useAttention())
  const badge = useRef<TitleBadge | null>(null)

  useEffect(() => {
    const made = createTitleBadge()
    badge.current = made
    return () => made.remove()
  }, [])
  useEffect(() => badge.current?.set(prefix), [prefix])

  useEffect(() => {
    const { id, name, slug } = organisation
    return client.attention.onTell((organisationId, happenings) => {
      if (organisationId !== id) return
      const wanted = happenings.filter(({ kind }) => wantsNotificationOf(kind))
      for (const { title, body, tag, sessionId, kind } of notificationsFor(wanted, name)) {
        const notification = new Notification(title, { body, tag })
        notification.onclick = () => {
          notification.close()
          window.focus()
          const path = sessionId !== null ? sessionPath(slug, sessionId) : kind === 'waits' ? approvalsPath(slug) : null
          if (path !== null) leaving(() => router.push(path))
        }
      }
    })
  }, [client, organisation, router])
  return null
}
