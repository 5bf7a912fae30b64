'use client'

import { usePathname } from 'next/navigation'
import { newChatPath, sessionIdOfPath } from '@/components/sessions/paths'

const LOOK =
  'fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-raised px-3 py-2 text-sm shadow-float focus:translate-y-0'

/** Past the sidebar: to what the page shows and, in a conversation, to where one writes. */
export function SkipLinks({ slug }: { slug: string }) {
  const path = usePathname()
  const isChat = sessionIdOfPath(path) !== null || path === newChatPath(slug)
  return (
    <>
      <a href="#main" className={LOOK}>
        Skip to the content
      </a>
      {isChat && (
        <a href="#composer" className={LOOK}>
          Skip to your question
        </a>
      )}
    </>
  )
}
