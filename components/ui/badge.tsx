import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'

const TONES = {
  neutral: 'text-muted border-line bg-sunken',
  accent: 'text-accent border-transparent bg-accent-soft',
  ok: 'text-ok border-transparent bg-ok-soft',
  warn: 'text-warn border-transparent bg-warn-soft',
  danger: 'text-danger border-transparent bg-danger-soft',
} as const

export type Tone = keyof typeof TONES

/** One or two words about a thing, in a small frame. */
export function Badge({ tone = 'neutral', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex h-[1.125rem] shrink-0 items-center rounded-sm border px-1.5 text-2xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  )
}
