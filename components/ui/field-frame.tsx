import { LockKeyhole } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { cx } from '@/components/ui/cx'

export interface FieldText {
  label: string
  hint?: ReactNode
  className?: string
}

/** What a control is connected by to its label, hint and error. */
export interface ControlAttributes {
  id: string
  'aria-invalid'?: true
  'aria-describedby'?: string
}

export const controlClass = (invalid: boolean, extra?: string) =>
  cx(
    'w-full rounded-lg border bg-surface px-3 text-base shadow-rest transition-colors duration-(--quick) sm:text-sm',
    'focus-visible:outline-offset-0 disabled:opacity-60 read-only:not-disabled:bg-sunken',
    invalid ? 'border-danger' : 'border-line-strong',
    extra,
  )

/** Label, control, hint, lock and error, connected for who listens instead of looking. */
export function FieldFrame({
  label,
  hint,
  className,
  error,
  locked,
  trailing,
  children,
}: FieldText & {
  error: string | null
  locked: string | null
  /** Stands beside the label. */
  trailing?: ReactNode
  children: (attributes: ControlAttributes) => ReactNode
}) {
  const id = useId()
  const described =
    [hint && `${id}-hint`, locked && `${id}-lock`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
  return (
    <div className={cx('min-w-0', className)}>
      <div className="mb-1.5 flex items-center justify-between gap-2">
        <label htmlFor={id} className="flex items-center gap-1.5 text-sm font-medium">
          {label}
          {locked && <LockKeyhole size={12} aria-hidden className="text-faint" />}
        </label>
        {trailing}
      </div>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described })}
      {locked && (
        <p id={`${id}-lock`} className="sr-only">
          {locked}
        </p>
      )}
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
