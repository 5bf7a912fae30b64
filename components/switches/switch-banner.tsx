'use client'

import { OctagonX } from 'lucide-react'
import { useSwitches } from '@/components/chat/live'
import { useWorkspace } from '@/components/sessions/workspace'
import { cx } from '@/components/ui/cx'
import { formatInstant } from '@/components/ui/format'

/** So many are named; one more line says how many others there are. */
const NAMED = 3

/** Tells everybody what an administrator switched off, as long as it is. */
export function SwitchBanner({ className }: { className?: string }) {
  const { organisation } = useWorkspace().current
  const switches = useSwitches(organisation.id)
  if (switches.length === 0) return null
  const more = switches.length - NAMED
  return (
    <div
      role="status"
      data-testid="switch-banner"
      className={cx(
        'flex items-start gap-2 rounded-lg bg-danger-soft px-3 py-2 text-xs text-danger [overflow-wrap:anywhere]',
        className,
      )}
    >
      <OctagonX size={14} aria-hidden className="mt-0.5 shrink-0" />
      <ul className="min-w-0">
        {switches.slice(0, NAMED).map(({ name, by, at, reason }) => (
          <li key={`${name} ${at}`} title={formatInstant(at)}>
            <span className="font-medium">{name}</span>: switched off by {by}
            {reason && ` (${reason})`}
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
    </div>
  )
}
