import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from '@/components/ui/cx'

/** A labelled input. `error` is read with it. */
export function Field({
  label,
  hint,
  error,
  className,
  ...rest
}: ComponentProps<'input'> & { label: string; hint?: ReactNode; error?: string | null }) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        {...rest}
        aria-invalid={error ? true : undefined}
        aria-describedby={described}
        className={cx(
          'h-10 w-full rounded-lg border bg-surface px-3 text-base shadow-rest transition-colors duration-(--quick)',
          'focus-visible:outline-offset-0',
          error ? 'border-danger' : 'border-line-strong',
        )}
      />
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-xs text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-xs text-danger">
          {error}
        </p>
      )}
    </div>
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
