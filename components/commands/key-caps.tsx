'use client'

import { Fragment, useSyncExternalStore } from 'react'
import { isApple, keysOf, type Shortcut } from '@/components/commands/shortcut'
import { cx } from '@/components/ui/cx'

const never = () => () => undefined

/** Whether the keyboard has a ⌘; the server does not know. */
export const useApple = (): boolean =>
  useSyncExternalStore(
    never,
    () => isApple(navigator.platform),
    () => false,
  )

/** Keys as they look. */
export function KeyCaps({ keys, className }: { keys: readonly string[]; className?: string }) {
  return (
    <span className={cx('inline-flex shrink-0 items-center gap-1', className)}>
      {keys.map((key, index) => (
        <Fragment key={key}>
          {index > 0 && <span className="sr-only"> and </span>}
          <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line bg-sunken px-1 font-sans text-2xs text-muted">
            {key}
          </kbd>
        </Fragment>
      ))}
    </span>
  )
}

export function ShortcutCaps({ shortcut, className }: { shortcut: Shortcut; className?: string }) {
  return <KeyCaps keys={keysOf(shortcut, useApple())} className={className} />
}
