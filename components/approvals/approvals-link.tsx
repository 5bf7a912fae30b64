'use client'

import { Hand } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { approvalsPath } from '@/components/approvals/paths'
import { useSessionList } from '@/components/chat/live'
import { useWorkspace } from '@/components/sessions/workspace'
import { cx } from '@/components/ui/cx'

/** The way to what waits for this person, with how much it is. */
export function ApprovalsLink({ onNavigate }: { onNavigate: () => void }) {
  const { organisation } = useWorkspace().current
  const count = useSessionList(organisation.id).waitingForMe?.length ?? 0
  const path = approvalsPath(organisation.slug)
  const isOpen = usePathname() === path
  return (
    <Link
      href={path}
      onClick={onNavigate}
      data-testid="open-approvals"
      aria-current={isOpen ? 'page' : undefined}
      className={cx(
        'flex h-9 touch:h-10 items-center gap-2.5 rounded-md px-2 text-sm',
        isOpen ? 'bg-selected' : 'text-muted hover:bg-hover hover:text-ink',
      )}
    >
      <Hand size={16} aria-hidden />
      <span className="flex-1">Approvals</span>
      {count > 0 && (
        <span
          data-testid="approvals-count"
          className="min-w-5 rounded-full bg-warn-soft px-1.5 text-center text-xs font-semibold text-warn tabular-nums"
        >
          {count}
          <span className="sr-only"> waiting for you</span>
        </span>
      )}
    </Link>
  )
}
