import type { ComponentProps, ReactNode } from 'react'
import { cx } from '@/components/ui/cx'
import { controlClass, FieldFrame } from '@/components/ui/field-frame'

/** A labelled input of a form that stands alone (sign-in, setup); `error` is read with it. */
export function Field({
  label,
  hint,
  error = null,
  className,
  ...rest
}: ComponentProps<'input'> & { label: string; hint?: ReactNode; error?: string | null }) {
  return (
    <FieldFrame label={label} hint={hint} error={error} locked={null} className={className}>
      {(attributes) => <input {...rest} {...attributes} className={controlClass(Boolean(error), 'h-10')} />}
    </FieldFrame>
  )
}

/** A sentence about what went wrong, or a plain note, in a box. */
export function Notice({ tone = 'neutral', children }: { tone?: 'neutral' | 'danger' | 'warn'; children: ReactNode }) {
  return (
    <div
      role={tone === 'danger' ? 'alert' : undefined}
      className={cx(
        'rounded-lg px-3 py-2 text-sm',
        tone === 'danger' && 'bg-danger-soft text-danger',
        tone === 'warn' && 'bg-warn-soft text-warn',
        tone === 'neutral' && 'bg-sunken text-muted',
      )}
    >
      {children}
    </div>
  )
}
